using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Takes snapshots behind the callers' backs, one at a time, and restores them.
/// Invariants: no caller waits for a snapshot; none is lost sight of, since the deactivation awaits the last one; one that
/// is missing, of another shape, or unreadable costs a longer load and nothing else.
/// </summary>
internal sealed partial class SnapshotKeeper<TView>(JournalContext context, SnapshotCodec<TView> codec)
    where TView : class, new()
{
    private Task _writing = Task.CompletedTask;
    private long _snapshotVersion;
    private bool _cannotEncode;

    public JournalState<TView>? Restore(JournalSnapshot? snapshot)
    {
        if (snapshot is null)
            return null;
        try
        {
            var state = codec.Decode(snapshot);
            _snapshotVersion = state is null ? 0 : snapshot.Version;
            return state;
        }
        catch (EventLogCorruptException exception)
        {
            // Whatever is wrong with a snapshot, the journal has the truth.
            LogUnreadable(context.Logger, exception, context.Journal, snapshot.Version);
            return null;
        }
    }

    /// <summary>Forgets a snapshot that does not fit the journal.</summary>
    public void Discard(long version)
    {
        LogBeyondJournal(context.Logger, context.Journal, version);
        _snapshotVersion = 0;
    }

    /// <summary>Takes a snapshot if one is due. Called on the grain's scheduler.</summary>
    public void Offer(JournalState<TView> state)
    {
        if (_writing.IsCompleted && !_cannotEncode
            && SnapshotPolicy.IsDue(context.Options.SnapshotEvery, _snapshotVersion, state.Version))
            _writing = Write(state);
    }

    /// <summary>Completes when no snapshot is being written; it never fails.</summary>
    public Task Finish() => _writing;

    private async Task Write(JournalState<TView> state)
    {
        // The state is encoded in a turn of its own, after the caller has its answer.
        await Task.Yield();
        if (TryEncode(state) is not { } snapshot)
            return;
        try
        {
            using var cancellation = context.NewDeadline().ToCancellation();
            await context.Stores.Snapshots.Write(context.Journal, snapshot, cancellation.Token)
                .WaitAsync(cancellation.Token);
            _snapshotVersion = state.Version;
            ConsistencyMeter.Snapshots.Add(1);
        }
#pragma warning disable CA1031 // A snapshot that is not written costs time and no truth; the next one is due soon.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotWritten(context.Logger, exception, context.Journal, state.Version);
        }
    }

    private JournalSnapshot? TryEncode(JournalState<TView> state)
    {
        try
        {
            return codec.Encode(state);
        }
#pragma warning disable CA1031 // Whatever a serializer throws over a state, it would throw again over the next one.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _cannotEncode = true;
            if (UnencodableStates.FirstTime(typeof(TView)))
                LogNoSnapshots(context.Logger, typeof(TView).FullName, exception.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{State} gets no snapshots, its journals are read whole: {Reason}")]
    private static partial void LogNoSnapshots(ILogger logger, string? state, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The snapshot of {Journal} at version {Version} was not written")]
    private static partial void LogNotWritten(ILogger logger, Exception exception, JournalId journal, long version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The snapshot of {Journal} at {Version} cannot be read and is not used")]
    private static partial void LogUnreadable(ILogger logger, Exception exception, JournalId journal, long version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The snapshot of {Journal} at {Version} is beyond its end and not used")]
    private static partial void LogBeyondJournal(ILogger logger, JournalId journal, long version);
}
