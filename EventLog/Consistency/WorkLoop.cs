using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Sends raised events to the log behind the caller's back: evolve a fork, append, and again for what has gathered since.
/// Runs on the grain's scheduler, one round at a time.
/// Invariants: an event that cannot be encoded or applied is dropped, alone with its group, before anything is written;
/// no round outlasts the deadline of its oldest group, and every group ends.
/// </summary>
internal sealed partial class WorkLoop<TView, TEvent>(
    JournalContext context, JournalCore<TView, TEvent> core, PendingEvents<TEvent> pending, Evolver<TView, TEvent> evolver,
    IAdaptorEvents adaptor)
    where TView : class, new()
    where TEvent : class
{
    private bool _isRunning;
    private int _groupsMax = int.MaxValue;

    /// <summary>The round under way; completes when nothing is left to do. It never fails.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Makes sure that what is pending will be sent, and what was never loaded will be.</summary>
    public void Notify()
    {
        if (_isRunning)
            return;
        _isRunning = true;
        Running = Run();
    }

    private async Task Run()
    {
        // What is raised in the same turn goes in one append.
        await Task.Yield();
        try
        {
            do
                await Round();
            while (!pending.IsEmpty);
        }
#pragma warning disable CA1031 // The loop's edge: whatever it was, those who wait get it, and the grain starts anew.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            FailAll(exception);
        }
        finally
        {
            _isRunning = false;
        }
    }

    private async Task Round()
    {
        if (pending.IsEmpty && (!core.MustLoad || core.IsLoading))
            return;
        var deadline = pending.IsEmpty ? context.NewDeadline() : pending.OldestDeadline;
        IReadOnlyList<PendingGroup<TEvent>> batch = [];
        try
        {
            using var turn = await core.Gate.Enter(deadline, context.Journal);
            await core.EnsureLoaded(deadline);
            if (pending.RefuseStale(core.Confirmed.Version))
                adaptor.PendingChanged();
            batch = pending.NextBatch(_groupsMax);
            if (batch.Count > 0 && await Prepare(batch, deadline) is { } write)
                await core.Append(write, deadline);
            _groupsMax = int.MaxValue;
        }
        catch (ArgumentException refused) when (batch.Count > 0)
        {
            // The log takes no such append: too many events, or too large a one. Sent one by one, the others get through.
            if (batch.Count > 1)
                _groupsMax = 1;
            else
                Drop(batch, refused);
        }
        catch (EventLogUnavailableException unavailable)
        {
            if (core.MustLoad)
                adaptor.CannotBeTrusted(unavailable);
            if (pending.IsEmpty)
                return;
            LogUnavailable(context.Logger, unavailable, context.Journal);
            pending.FailExpired(unavailable);
            adaptor.PendingChanged();
        }
        catch (OutcomeUnknownException unknown)
        {
            LogUnknown(context.Logger, unknown, context.Journal);
            Drop(batch, unknown);
            adaptor.CannotBeTrusted(unknown);
        }
    }

    /// <returns>Null when the round must begin anew: a group was dropped, or the state has moved.</returns>
    private async Task<JournalWrite<TView>?> Prepare(IReadOnlyList<PendingGroup<TEvent>> batch, Deadline deadline)
    {
        if (await core.Fork(deadline) is not { } evolved)
            return null;
        var proposed = new List<ProposedEvent>();
        foreach (var group in batch)
        {
            try
            {
                foreach (var @event in group.Events)
                {
                    proposed.Add(context.Stores.Events.Encode(@event, group.Metadata));
                    evolver.Apply(evolved, @event);
                }
            }
#pragma warning disable CA1031 // The grain's own exception goes to whoever waits for the event; the other groups go on.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogDropped(context.Logger, exception, context.Journal, group.Events.Count);
                Drop([group], exception);
                return null;
            }
        }
        var commandId = Guid.CreateVersion7(context.Time.GetUtcNow());
        return new JournalWrite<TView>(commandId, proposed, evolved, Confirmed: () => Confirm(batch));
    }

    private void Confirm(IReadOnlyList<PendingGroup<TEvent>> batch)
    {
        pending.Confirm(batch);
        adaptor.Written([.. batch.SelectMany(group => group.Events.Select(_ => group.RaisedAt))]);
    }

    private void Drop(IReadOnlyList<PendingGroup<TEvent>> groups, Exception exception)
    {
        pending.Fail(groups, exception);
        adaptor.PendingChanged();
    }

    private void FailAll(Exception exception)
    {
        LogFailed(context.Logger, exception, context.Journal);
        Drop(pending.Groups, exception);
        adaptor.CannotBeTrusted(exception);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Journal} cannot be reached; raised events are dropped in time")]
    private static partial void LogUnavailable(ILogger logger, Exception exception, JournalId journal);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Journal} may or may not hold the last raised events")]
    private static partial void LogUnknown(ILogger logger, Exception exception, JournalId journal);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Journal}: {Count} raised events cannot be applied and are dropped")]
    private static partial void LogDropped(ILogger logger, Exception exception, JournalId journal, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Journal} cannot be served; the grain is deactivated")]
    private static partial void LogFailed(ILogger logger, Exception exception, JournalId journal);
}
