namespace OrleansEs.EventLog;

/// <summary>
/// Reads the log. All reads see committed events only, in order, without a hole:
/// what is returned is a contiguous run, so a reader that saw position n asks for what is after n and misses nothing.
/// </summary>
public interface IEventLogReader
{
    /// <summary>What was fixed when the log was created.</summary>
    LogIdentity Identity { get; }

    /// <summary>Reads events of one journal in version order.</summary>
    /// <param name="journal">The journal; one that does not exist yields no events.</param>
    /// <param name="afterVersion">The version after which to begin; 0 for the beginning.</param>
    /// <param name="countMax">At most so many events; at least 1.</param>
    /// <param name="cancellation">Stops the read.</param>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    /// <exception cref="EventLogCorruptException">The versions are not contiguous.</exception>
    Task<IReadOnlyList<CommittedEvent>> ReadJournal(
        JournalId journal, long afterVersion, int countMax, CancellationToken cancellation);

    /// <summary>Reads events of one partition in position order.</summary>
    /// <param name="after">The place after which to begin; position 0 for the beginning.</param>
    /// <param name="countMax">At most so many events; at least 1.</param>
    /// <param name="cancellation">Stops the read.</param>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    /// <exception cref="EventLogCorruptException">The positions are not contiguous.</exception>
    Task<IReadOnlyList<CommittedEvent>> ReadPartition(LogPosition after, int countMax, CancellationToken cancellation);

    /// <summary>The last position of every partition, indexed by partition; 0 for an empty one.</summary>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    Task<IReadOnlyList<long>> ReadHeads(CancellationToken cancellation);

    /// <summary>The events of one command in one journal, in order; none when the journal does not hold it.</summary>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    Task<IReadOnlyList<CommittedEvent>> FindCommand(JournalId journal, Guid commandId, CancellationToken cancellation);
}

/// <summary>What was fixed when the log was created.</summary>
/// <param name="LogId">Tells this log from every other one.</param>
/// <param name="Partitions">How many partitions it has.</param>
/// <param name="Schema">The version of its tables.</param>
public sealed record LogIdentity(Guid LogId, int Partitions, int Schema);

/// <summary>
/// A store of the log: what the appender writes through. Implementations hold invariants 1, 2, 4 and 11:
/// <list type="number">
/// <item>one call is one transaction; it returns after the commit is durable;</item>
/// <item>each request is judged for itself, in order: a conflict or duplicate does not touch its neighbours;</item>
/// <item>a request sees what the requests before it in the same batch did;</item>
/// <item>a duplicate is recognised before a conflict: a retry of an applied command is never told "conflict";</item>
/// <item>positions and versions are given out under a lock that is held to the commit;</item>
/// <item>when the transaction certainly rolled back every request gets <see cref="AppendResult.NotAccepted"/>, and when
/// that is not certain every request gets <see cref="AppendResult.Unknown"/>; no exception escapes.</item>
/// </list>
/// </summary>
public interface IEventLogStore : IEventLogReader
{
    /// <summary>Appends a batch; the results stand in the order of the requests.</summary>
    Task<IReadOnlyList<AppendResult>> AppendBatch(IReadOnlyList<AppendRequest> batch, CancellationToken cancellation);
}

/// <summary>The way in: group commit with a bounded queue. One per silo.</summary>
public interface IEventLogAppender
{
    /// <summary>
    /// Appends, and answers not later than the timeout. A request that still waits by then is withdrawn (not accepted); one
    /// that was sent is answered <see cref="AppendResult.Unknown"/>. A caller's cancellation does the same, and
    /// never cancels the batch.
    /// </summary>
    Task<AppendResult> Append(AppendRequest request, TimeSpan timeout, CancellationToken cancellation);
}

/// <summary>The latest snapshot of each journal. Snapshots are disposable: losing one costs time, never truth.</summary>
public interface ISnapshotStore
{
    /// <summary>The latest snapshot of a journal, or null.</summary>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    Task<JournalSnapshot?> Read(JournalId journal, CancellationToken cancellation);

    /// <summary>Keeps a snapshot in place of an older one; an older one in place of a newer one is ignored.</summary>
    /// <exception cref="EventLogUnavailableException">The database cannot be written now.</exception>
    Task Write(JournalId journal, JournalSnapshot snapshot, CancellationToken cancellation);

    /// <summary>Throws a snapshot away, unless it was replaced by one of another version.</summary>
    /// <exception cref="EventLogUnavailableException">The database cannot be written now.</exception>
    Task Delete(JournalId journal, long version, CancellationToken cancellation);
}

/// <summary>An encoded state of an aggregate at a version.</summary>
/// <param name="Version">The journal version that the state includes.</param>
/// <param name="ClearedAt">The version of the last clear event that it includes, 0 if there is none.</param>
/// <param name="Schema">What shape of state it is; one of another shape than the code's is thrown away.</param>
/// <param name="Format">Which codec wrote the payload.</param>
/// <param name="Payload">The encoded state.</param>
public sealed record JournalSnapshot(
    long Version, long ClearedAt, string Schema, string Format, ReadOnlyMemory<byte> Payload);
