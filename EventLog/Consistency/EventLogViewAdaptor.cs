using Microsoft.Extensions.Logging;
using Orleans.EventSourcing;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// One activation's adaptor between a <c>JournaledGrain</c> and its journal: what Orleans calls, in Orleans' words.
/// It runs on the grain's scheduler only, and its calls may interleave there.
/// </summary>
internal sealed partial class EventLogViewAdaptor<TView, TEvent> : ILogViewAdaptor<TView, TEvent>, IAdaptorEvents
    where TView : class, new()
    where TEvent : class
{
    // Half of what a silo has to end in.
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);

    private readonly JournalContext _context;
    private readonly AdaptorParts<TView, TEvent> _parts;
    private readonly ILogConsistencyProtocolServices _services;
    private readonly ILogViewAdaptorHost<TView, TEvent> _host;
    private readonly JournalCore<TView, TEvent> _core;
    private readonly PendingEvents<TEvent> _pending = new();
    private readonly AdaptorStatistics _statistics;
    private readonly WorkLoop<TView, TEvent> _work;
    private TView? _tentative;

    public EventLogViewAdaptor(
        JournalContext context, AdaptorParts<TView, TEvent> parts, ILogViewAdaptorHost<TView, TEvent> host,
        ILogConsistencyProtocolServices services)
    {
        (_context, _parts, _host, _services, _core) = (context, parts, host, services, parts.Core);
        _statistics = new AdaptorStatistics(context.Time);
        _work = new WorkLoop<TView, TEvent>(context, _core, _pending, parts.Evolver, this);
        _core.Followed = () => StateChanged(tentative: true);
    }

    public TView ConfirmedView
    {
        get
        {
            _statistics.Count(AdaptorStatistics.ConfirmedView);
            return _core.Confirmed.View;
        }
    }

    public int ConfirmedVersion
    {
        get
        {
            _statistics.Count(AdaptorStatistics.ConfirmedVersion);
            return _core.Confirmed.EventsSinceClear;
        }
    }

    public TView TentativeView
    {
        get
        {
            _statistics.Count(AdaptorStatistics.TentativeView);
            return _tentative ??= EvolvedByPending();
        }
    }

    public IEnumerable<TEvent> UnconfirmedSuffix => [.. _pending.Events];

    public Task PreOnActivate() => Task.CompletedTask;

    // Orleans calls this before OnActivateAsync. If that one does not call its base nobody waits for a load: then the grain
    // loads by itself.
    public Task PostOnActivate()
    {
        if (_core.MustLoad)
            _work.Notify();
        return Task.CompletedTask;
    }

    public async Task PostOnDeactivate()
    {
        if (!_pending.IsEmpty)
            _work.Notify();
        try
        {
            await Task.WhenAll(_work.Running, _parts.Snapshots.Finish()).WaitAsync(FlushTimeout, _context.Time);
        }
        catch (TimeoutException)
        {
            // Both go on to their own deadlines and say in the log how they ended; a silo that stops must not wait for that.
            LogNotFlushed(_context.Logger, _context.Journal, _pending.Count);
        }
    }

    public void Submit(TEvent entry)
    {
        _statistics.Count(AdaptorStatistics.Submit);
        Raise([entry], expectedVersion: null);
    }

    public void SubmitRange(IEnumerable<TEvent> entries)
    {
        _statistics.Count(AdaptorStatistics.SubmitRange);
        Raise([.. entries], expectedVersion: null);
    }

    public Task<bool> TryAppend(TEvent entry)
    {
        _statistics.Count(AdaptorStatistics.TryAppend);
        return RaiseConditionally([entry]);
    }

    public Task<bool> TryAppendRange(IEnumerable<TEvent> entries)
    {
        _statistics.Count(AdaptorStatistics.TryAppendRange);
        return RaiseConditionally([.. entries]);
    }

    public Task ConfirmSubmittedEntries()
    {
        _statistics.Count(AdaptorStatistics.ConfirmSubmittedEntries);
        return _pending.WaitForAll();
    }

    public async Task Synchronize()
    {
        _statistics.Count(AdaptorStatistics.SynchronizeNow);
        await _pending.WaitForAll();
        var deadline = _context.NewDeadline();
        using var turn = await _core.Gate.Enter(deadline, _context.Journal);
        try
        {
            await _core.CatchUp(deadline);
        }
        catch (Exception failure) when (failure is EventLogCorruptException || _core.MustLoad)
        {
            CannotBeTrusted(failure);
            throw;
        }
    }

    public async Task<IReadOnlyList<TEvent>> RetrieveLogSegment(int fromVersion, int toVersion)
    {
        var (clearedAt, deadline) = (_core.Confirmed.ClearedAt, _context.NewDeadline());
        var events = new List<TEvent>(toVersion - fromVersion);
        while (events.Count < toVersion - fromVersion)
        {
            var countMax = Math.Min(_context.Options.PageSize, toVersion - fromVersion - events.Count);
            var after = clearedAt + fromVersion + events.Count;
            var page = await _core.Reads.Page(after, countMax, deadline);
            if (page.Count == 0)
                throw new EventLogCorruptException($"{_context.Journal} ends at version {after} and was longer before.");
            events.AddRange(page.Select(_parts.Evolver.Decode));
        }
        return events;
    }

    public async Task ClearLogAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // What is raised from here on, while the clear is under way, comes after it.
        var (deadline, lastNumber) = (_context.NewDeadline(), _pending.LastNumber);
        using var turn = await _core.Gate.Enter(deadline, _context.Journal);
        await _core.Clear(EventLogRequestContext.ToMetadata(), deadline);
        _pending.Discard(lastNumber);
        StateChanged(tentative: true);
    }

    public void EnableStatsCollection() => _statistics.Enable();

    public void DisableStatsCollection() => _statistics.Disable();

    public LogConsistencyStatistics? GetStats() => _statistics.Current;

    void IAdaptorEvents.Written(IReadOnlyList<long> raisedAt)
    {
        _statistics.Count(AdaptorStatistics.Writeback);
        foreach (var moment in raisedAt)
            _statistics.Stabilized(moment);
        StateChanged(tentative: false);
    }

    /// <summary>The confirmed state is another one; so is the tentative one, unless that was by its own events.</summary>
    public void StateChanged(bool tentative)
    {
        _tentative = null;
        Tell(tentative, confirmed: true);
    }

    public void PendingChanged()
    {
        _tentative = null;
        Tell(tentative: true, confirmed: false);
    }

    public void CannotBeTrusted(Exception reason)
    {
        // The calls that wait for their turn get this exception: they are certainly not done, whatever the reason leaves open.
        var toWaiting = reason as EventLogCorruptException ?? (Exception)new EventLogUnavailableException(
            $"{_context.Journal} is being deactivated, since its state cannot be trusted: {reason.Message}", reason);
        (_host as IGrainBase)?.GrainContext.Deactivate(
            new DeactivationReason(DeactivationReasonCode.ApplicationError, toWaiting, toWaiting.Message));
    }

    private void Raise(IReadOnlyList<TEvent> events, long? expectedVersion)
    {
        if (events.Count > 0)
            Add(events, expectedVersion);
    }

    private Task<bool> RaiseConditionally(IReadOnlyList<TEvent> events) => events.Count == 0
        ? Task.FromResult(true)
        : Add(events, _core.Confirmed.Version + _pending.Count).End;

    private PendingGroup<TEvent> Add(IReadOnlyList<TEvent> events, long? expectedVersion)
    {
        var group = _pending.Add(
            events, expectedVersion, EventLogRequestContext.ToMetadata(), _context.Time.GetTimestamp(), _context.NewDeadline());
        if (_tentative is { } tentative)
            EvolveTentatively(tentative, events);
        Tell(tentative: true, confirmed: false);
        _work.Notify();
        return group;
    }

    private TView EvolvedByPending()
    {
        var view = _parts.Evolver.Fork(_core.Confirmed.View);
        EvolveTentatively(view, [.. _pending.Events]);
        return view;
    }

    // An event that cannot be applied is told to whoever confirms it; the tentative state goes on without it.
    private void EvolveTentatively(TView view, IReadOnlyList<TEvent> events)
    {
        foreach (var @event in events)
            UserCode.Call(_services, nameof(_host.UpdateView), () => _parts.Evolver.Apply(view, @event));
    }

    private void Tell(bool tentative, bool confirmed) => UserCode.Call(
        _services, nameof(_host.OnViewChanged), () => _host.OnViewChanged(tentative, confirmed));

    [LoggerMessage(Level = LogLevel.Error, Message = "{Journal} could not be flushed in time; {Count} events are not confirmed")]
    private static partial void LogNotFlushed(ILogger logger, JournalId journal, int count);
}
