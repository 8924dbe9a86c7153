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

    /// <summary>
    /// Appends many requests in one transaction, whole or not at all, and much faster than one by one. What holds for a batch holds
    /// here, but that one refused request is enough for nothing to be written.
    /// </summary>
    /// <remarks>
    /// The partitions are locked until all of it is written, and other appends to them wait meanwhile: whoever imports beside
    /// commands gives some 5,000 events at once, which take about a tenth of a second. Of bulks that run at once only those for
    /// different partitions do not wait for each other. Cancellation counts before the commit is asked for, and not after it.
    /// </remarks>
    /// <param name="requests">
    /// The requests, in order; a later one may build on what an earlier one of the same journal does.
    /// </param>
    /// <param name="cancellation">Gives up: nothing is written then.</param>
    /// <exception cref="ArgumentException">The bulk itself is wrong: it is empty or too large (50,000 events, 32 MiB), or a request
    /// names no journal or holds no events.</exception>
    Task<BulkAppendResult> AppendBulk(IReadOnlyList<AppendRequest> requests, CancellationToken cancellation);

    /// <summary>
    /// Writes events of another log as they are: with their positions, versions, command ids and times, whole or not at all. This
    /// is how a log moves to another database; no silo must be at work on it.
    /// </summary>
    /// <param name="events">The events; those of each partition in order, and just after what this log holds of it.</param>
    /// <param name="cancellation">Gives up: nothing is written then.</param>
    /// <exception cref="ArgumentException">There are none, or too many (50,000 events, 32 MiB).</exception>
    /// <exception cref="RestoreRefusedException">An event does not follow what the log holds; nothing was written.</exception>
    /// <exception cref="EventLogUnavailableException">Nothing was written, for a reason that may pass.</exception>
    /// <exception cref="OutcomeUnknownException">The answer was lost; the heads of the partitions tell.</exception>
    Task Restore(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation);
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
