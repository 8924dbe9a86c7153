namespace OrleansEs.EventLog;

/// <summary>All the events of one command, to be appended to one journal, whole or not at all.</summary>
/// <param name="Journal">The journal to append to.</param>
/// <param name="ExpectedVersion">The version the journal must have: 0 for a journal without events.</param>
/// <param name="CommandId">The command. A journal holds the events of one command id at most once, for ever.</param>
/// <param name="Events">At least one event, in order.</param>
public sealed record AppendRequest(
    JournalId Journal, long ExpectedVersion, Guid CommandId, IReadOnlyList<ProposedEvent> Events)
{
    // One of its events as the log holds it, once it was given a place and a time.
    internal CommittedEvent Committed(int index, LogPosition at, DateTimeOffset recordedAt)
    {
        var proposed = Events[index];
        return new CommittedEvent(
            at, Journal, ExpectedVersion + index + 1, CommandId, index, proposed.Type, proposed.TypeVersion, proposed.Format,
            proposed.Payload, proposed.Metadata, recordedAt);
    }
}

/// <summary>How an append ended. There is no other end.</summary>
public abstract record AppendResult
{
    private AppendResult() { }

    // One answer to every request of a batch.
    internal static AppendResult[] ForAll(IReadOnlyList<AppendRequest> batch, AppendResult result)
    {
        var results = new AppendResult[batch.Count];
        Array.Fill(results, result);
        return results;
    }

    /// <summary>The events are durable.</summary>
    /// <param name="Last">The place of the last event; the command's read token.</param>
    /// <param name="LastVersion">The journal's version now.</param>
    /// <param name="RecordedAt">The recorded time of the events.</param>
    public sealed record Appended(LogPosition Last, long LastVersion, DateTimeOffset RecordedAt) : AppendResult;

    /// <summary>Somebody else appended first: these events are certainly not in the log.</summary>
    /// <param name="ActualVersion">The journal's version as the check saw it.</param>
    public sealed record Conflict(long ActualVersion) : AppendResult;

    /// <summary>The journal holds events of this command id already; nothing was written now.</summary>
    /// <param name="Events">Those events, in order: the command's first outcome.</param>
    public sealed record Duplicate(IReadOnlyList<CommittedEvent> Events) : AppendResult;

    /// <summary>The events are certainly not in the log, and were not refused by a rule: trying again may work.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Detail">The cause in words, with the remedy where there is one.</param>
    public sealed record NotAccepted(NotAcceptedReason Reason, string Detail) : AppendResult;

    /// <summary>The events were sent and the answer was lost: they may or may not be in the log.</summary>
    /// <param name="Detail">What went wrong, in words.</param>
    public sealed record Unknown(string Detail) : AppendResult;
}

/// <summary>Why an append was not accepted.</summary>
public enum NotAcceptedReason
{
    /// <summary>The queue of waiting appends is full.</summary>
    QueueFull,

    /// <summary>The caller's deadline passed, or the caller gave up, before the append was sent.</summary>
    Withdrawn,

    /// <summary>The database refused or rolled back for a reason of its own (full disk, read-only file).</summary>
    StorageFailed,

    /// <summary>The silo is shutting down.</summary>
    Stopping,
}
