using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

// Follows one partition of the log for one read model: the loop inside its grain, on whose scheduler all of it runs.
// Invariants: batches are applied in position order without a hole; rows and checkpoint move in one fenced transaction;
//   an event that cannot be applied parks its journal, is retried and shown, and never skipped in silence; a database that cannot
//   be used stalls the part; what waits is bounded.
internal sealed partial class ReadModelFollower
{
    // A push is here within a few milliseconds; only when none came is the log read for those who wait.
    private static readonly TimeSpan PushPatience = TimeSpan.FromMilliseconds(20);

    private readonly ReadModelPart _part;
    private readonly ReadModelServices _services;
    private readonly ILogger _logger;
    private readonly ReadModelPartState _state;
    private readonly ReadModelQuarantine _quarantine;
    private readonly PartRequests _requests;
    private readonly PushedEvents _pushed;
    private readonly PositionWaiters _waiters;
    private TaskCompletionSource _wake = NewWake();
    private Task _step = Task.CompletedTask;
    private bool _started;
    private bool _behind = true;
    private bool _mayBeTakenBack;
    private bool _paused;
    private int _failures;
    private int _pageSize;
    private long _quietSince;
    private long _heardOf;

    public ReadModelFollower(
        ReadModelBuild build, int partition, IProjection projection, ReadModelServices services, ILogger logger)
    {
        _part = new ReadModelPart(build.Name, build.Number, partition);
        _services = services;
        _logger = logger;
        _state = new ReadModelPartState(build, partition, projection, services);
        _quarantine = new ReadModelQuarantine(_state, services, logger);
        _requests = new PartRequests(_part.Key);
        _pushed = new PushedEvents(services.Options.PushesMax);
        _waiters = new PositionWaiters(services.Time);
        _pageSize = services.Options.PageSizeMax;
    }

    // The position applied and committed.
    public long Position => _state.Checkpoint.Position;

    // How many journals are parked.
    public int Parked => _state.Checkpoint.Parked;

    // How many events it has gone past since it began.
    public long Applied { get; private set; }

    // At most so many events a second; null for as many as there is time for.
    public double? RateMax { get; set; }

    // Its build was dropped: it applies nothing more.
    public bool IsGone { get; private set; }

    public string? Error { get; private set; }

    public string State => (_paused, Error, _started && !_behind) switch
    {
        (true, _, _) => ReadModelStates.Paused,
        (_, not null, _) => ReadModelStates.Failed,
        (_, _, true) => ReadModelStates.Live,
        _ => ReadModelStates.CatchingUp,
    };

    // Takes a push and returns at once. One that finds no room is dropped: the hole that it leaves is read from the log.
    public void Offer(IReadOnlyList<CommittedEvent> push)
    {
        if (!_pushed.Offer(push))
            _behind = true;
        else
            _heardOf = Math.Max(_heardOf, push[^1].At.Position);
        if (!_paused)
            _wake.TrySetResult();
    }

    // Looks into the log now.
    public void Nudge()
    {
        _behind = true;
        _wake.TrySetResult();
    }

    public async Task<long> WaitFor(long position, TimeSpan timeout)
    {
        var since = _services.Time.GetTimestamp();
        if (Position < position)
            _services.Hurry();
        while (Position < position && timeout - _services.Time.GetElapsedTime(since) is var left && left > TimeSpan.Zero)
        {
            var before = Position;
            await _waiters.Wait(position, left < PushPatience ? left : PushPatience);
            if (Position != before)
                continue;
            // Whoever asks for a position knows that it is in the log. One whose push came is on its way, or waits for its window.
            if (_heardOf < position)
                Nudge();
            await _waiters.Wait(position, timeout - _services.Time.GetElapsedTime(since));
            break;
        }
        return Position;
    }

    // Does in the loop what an operator asks of the quarantine.
    public Task<T> Decide<T>(Func<ReadModelQuarantine, CancellationToken, Task<T>> decision)
    {
        var answer = _requests.Ask(cancellation => decision(_quarantine, cancellation));
        _wake.TrySetResult();
        return answer;
    }

    // When it returns, a pause holds: nothing is being applied.
    public async Task SetPaused(bool paused)
    {
        _paused = paused;
        _wake.TrySetResult();
        if (paused)
            await Task.WhenAny(_step);
    }

    public async Task Run(Func<Task<bool>> askPaused, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested && !IsGone)
        {
            try
            {
                if (!_started)
                    await Start(askPaused, cancellation);
                _step = _paused ? Stand(cancellation) : Advance(cancellation);
                await _step;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            catch (ReadModelGoneException gone)
            {
                IsGone = true;
                LogGone(_part.Key, gone);
            }
            catch (Exception failure)
            {
                await Fail(failure, cancellation);
            }
        }
        _waiters.Release(long.MaxValue);
        _services.Parked.Forget(_part);
        await _requests.Close();
    }

    private async Task Start(Func<Task<bool>> askPaused, CancellationToken cancellation)
    {
        _paused = await askPaused().WaitAsync(cancellation);
        await _state.Load(cancellation);
        _started = true;
        _waiters.Release(Position);
    }

    private async Task Stand(CancellationToken cancellation)
    {
        await _requests.RefuseAll(new ReadModelBusyException($"Read model '{_part.Name}' is paused.", "Resume it first."));
        await Idle(cancellation);
    }

    private async Task Advance(CancellationToken cancellation)
    {
        if (_mayBeTakenBack)
            await LookAtCheckpoint(cancellation);
        var known = Position;
        await _requests.DoAll(cancellation);
        // A page of a parked journal and one of all others take turns.
        var hasRetried = await _quarantine.RetryOne(cancellation);
        if (Position != known)
            TakeNote(known);
        // Large pages take much memory, and more of them at once than there are processors gain nothing.
        using var turn = _behind && _pageSize > _services.Options.PageSizeMax ? await _services.TakeTurn(cancellation) : null;
        var events = await Next(cancellation);
        if (events.Count == 0)
        {
            Recover();
            if (!hasRetried)
                await Idle(cancellation);
            return;
        }
        var since = _services.Time.GetTimestamp();
        if (!await Apply(events, cancellation))
            return;
        Recover();
        // Far behind, larger pages cost less for each event; near the end, others get their turn sooner.
        var pageSizeMax = _behind && events.Count >= _services.Options.PageSizeMax
            ? _services.Options.CatchUpPageSizeMax
            : _services.Options.PageSizeMax;
        _pageSize = Math.Min(_pageSize * 2, pageSizeMax);
        if (RateMax is { } rate)
            await Rest(TimeSpan.FromSeconds(events.Count / rate) - _services.Time.GetElapsedTime(since), cancellation);
    }

    private void Recover()
    {
        Error = null;
        _failures = 0;
    }

    private Task Rest(TimeSpan time, CancellationToken cancellation) =>
        time > TimeSpan.Zero ? Task.Delay(time, _services.Time, cancellation) : Task.CompletedTask;

    // A database server that crashed may have taken back its last commits of read models, rows and checkpoint together: what
    // is derived from the log need not be durable at once. Whoever commits next meets the fence; who is idle looks.
    private async Task LookAtCheckpoint(CancellationToken cancellation)
    {
        var known = Position;
        var isOther = await _state.Load(cancellation);
        _mayBeTakenBack = false;
        if (isOther)
            TakeNote(known);
    }

    // Somebody else moved the part.
    private void TakeNote(long known)
    {
        LogFenced(_part.Key, known, Position);
        _behind = true;
        _waiters.Release(Position);
    }

    private async Task<IReadOnlyList<CommittedEvent>> Next(CancellationToken cancellation)
    {
        if (!_behind)
        {
            (var pushed, _behind) = _pushed.TakeAfter(Position, _pageSize);
            if (pushed.Count > 0)
                _quietSince = _services.Time.GetTimestamp();
            if (!_behind)
                return pushed;
        }
        // Whatever comes to ask for the log during this read must not be forgotten when it ends.
        _behind = false;
        // One that may not hurry goes in steps of a tenth of a second.
        var pageSize = RateMax is { } rate ? Math.Min(_pageSize, Math.Max(1, (int)(rate / 10))) : _pageSize;
        var events = await _services.Log.ReadPartition(
            new LogPosition(_part.Partition, Position), pageSize, cancellation);
        _behind |= events.Count == pageSize;
        _quietSince = _services.Time.GetTimestamp();
        return events;
    }

    // False when nothing was applied, and the same events are to be looked at again.
    private async Task<bool> Apply(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation)
    {
        if (events[0].At.Position != Position + 1)
            throw new EventLogCorruptException(
                $"Partition {_part.Partition} has position {events[0].At.Position} where {Position + 1} was expected.");
        var known = Position;
        try
        {
            if (!await _state.Advance(events, cancellation))
                TakeNote(known);
        }
        catch (EventNotAppliedException failure)
        {
            _behind = true;
            if (events.Count > 1)
            {
                // One event at a time from here, so that all before the failing one are applied, and just that one is not.
                _pageSize = 1;
                return false;
            }
            await _quarantine.Park(events[0], failure, cancellation);
        }
        Applied += Math.Max(Position - known, 0);
        _waiters.Release(Position);
        return true;
    }

    // Waits for a push, a question, a pause or the time to try a parked journal again. When nothing came for a while, the log is
    // read.
    private async Task Idle(CancellationToken cancellation)
    {
        var untilPoll = _services.Options.PollInterval - _services.Time.GetElapsedTime(_quietSince);
        var untilDue = _paused ? null : _quarantine.UntilDue;
        var wait = untilDue < untilPoll ? untilDue.Value : untilPoll;
        if (wait > TimeSpan.Zero)
            await _wake.Task.WaitAsync(wait, _services.Time, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!_wake.Task.IsCompleted && _services.Time.GetElapsedTime(_quietSince) >= _services.Options.PollInterval)
        {
            _behind = _mayBeTakenBack = true;
            _quietSince = _services.Time.GetTimestamp();
        }
        _wake = NewWake();
    }

    private async Task Fail(Exception failure, CancellationToken cancellation)
    {
        Error = $"after position {Position}: {failure.GetType().Name}: {failure.Message}";
        _behind = true;
        // A page may be too large for a database in trouble.
        _pageSize = 1;
        if (_failures == 0)
            LogFailed(_part.Key, Position, failure);
        var options = _services.Options;
        var delay = options.RetryDelayMin * Math.Pow(2, Math.Min(_failures++, 20));
        await Task.Delay(delay < options.RetryDelayMax ? delay : options.RetryDelayMax, _services.Time, cancellation)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Read model {ReadModel} stands after position {Position} and will be retried; nothing is skipped.")]
    private partial void LogFailed(string readModel, long position, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Read model {ReadModel} is followed no longer.")]
    private partial void LogGone(string readModel, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Read model {ReadModel} was moved from position {Expected} to {Found} by somebody else; it goes on from there.")]
    private partial void LogFenced(string readModel, long expected, long found);
}

// The states that operators see; frozen.
internal static class ReadModelStates
{
    public const string Live = "live";
    public const string CatchingUp = "catching-up";
    public const string Paused = "paused";
    public const string Failed = "failed";

    // No silo has said lately that it follows.
    public const string Unowned = "unowned";

    // Two silos say that they follow.
    public const string Contested = "contested";
}
