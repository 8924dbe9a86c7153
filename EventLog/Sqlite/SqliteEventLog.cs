using OrleansEs.EventLog.Bulk;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>The log in one SQLite file: appends through the one writer, reads through the pool.</summary>
/// <remarks>
/// The write lock of SQLite is the lock under which versions and positions are given out: it is taken when the transaction
/// begins and held to the commit. What a read returns is checked for holes again, although the constraints forbid them.
/// </remarks>
internal sealed class SqliteEventLog(
    SqliteDatabase database, SqliteWriter writer, SqliteReaders readers, TimeProvider time) : IEventLogStore
{
    private const string JournalPage =
        $"""
        select {SqliteRows.EventColumns}
        from log_event
        where journal = @journal and version > @after
        order by version
        limit @count
        """;

    private const string PartitionPage =
        $"""
        select {SqliteRows.EventColumns}
        from log_event
        where partition = @partition and position > @after
        order by position
        limit @count
        """;

    /// <inheritdoc/>
    public LogIdentity Identity => database.Identity;

    /// <inheritdoc/>
    /// <remarks>A batch that is queued for the writer is not cancelled any more.</remarks>
    public async Task<IReadOnlyList<AppendResult>> AppendBatch(
        IReadOnlyList<AppendRequest> batch, CancellationToken cancellation)
    {
        try
        {
            // Encoded here, so that the one writer does nothing that others can do.
            var metadata = batch.SelectMany(request => request.Events).Select(proposed => proposed.Metadata).Distinct()
                .ToDictionary(known => known, StoredValues.FromMetadata);
            return await writer.Append(
                session => new SqliteAppendBatch(session, Identity.Partitions, time.GetUtcNow(), metadata).Append(batch),
                batch.Count);
        }
        catch (OutcomeUnknownException unknown)
        {
            return AppendResult.ForAll(batch, new AppendResult.Unknown(unknown.Message));
        }
        // The contract of a store: no exception escapes. Whatever else failed, the batch was rolled back.
        catch (Exception failure)
        {
            return AppendResult.ForAll(batch, new AppendResult.NotAccepted(NotAcceptedReason.StorageFailed, failure.Message));
        }
    }

    /// <inheritdoc/>
    /// <remarks>A bulk that is queued for the writer is not cancelled any more.</remarks>
    public async Task<BulkAppendResult> AppendBulk(IReadOnlyList<AppendRequest> requests, CancellationToken cancellation)
    {
        BulkLimits.Check(requests);
        if (cancellation.IsCancellationRequested)
            return new BulkAppendResult.NotAccepted(
                NotAcceptedReason.Withdrawn, "The caller gave up before the bulk was sent, and nothing was written.");
        try
        {
            var plan = new BulkPlan(requests, Identity.Partitions);
            return await writer.Append(
                session => new SqliteBulk(session).Append(requests, plan, time.GetUtcNow()), requests.Count);
        }
        catch (OutcomeUnknownException unknown)
        {
            return new BulkAppendResult.Unknown(unknown.Message);
        }
        // The contract of a store: no exception escapes. Whatever else failed, the bulk was rolled back.
        catch (Exception failure)
        {
            return new BulkAppendResult.NotAccepted(NotAcceptedReason.StorageFailed, failure.Message);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Events that are queued for the writer are not cancelled any more.</remarks>
    public Task Restore(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation)
    {
        BulkLimits.Check(events);
        cancellation.ThrowIfCancellationRequested();
        var plan = new RestorePlan(events, Identity.Partitions);
        return writer.Append(session => new SqliteBulk(session).Restore(plan), events.Count);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CommittedEvent>> ReadJournal(
        JournalId journal, long afterVersion, int countMax, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(countMax, 1);
        return LogContinuity.OfJournal(journal, afterVersion, await readers.Read(
            session => SqliteRows.ReadEvents(session.Statement(JournalPage)
                .Set("@journal", journal.Value).Set("@after", afterVersion).Set("@count", countMax)),
            cancellation));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CommittedEvent>> ReadPartition(
        LogPosition after, int countMax, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(countMax, 1);
        return LogContinuity.OfPartition(after, await readers.Read(
            session => SqliteRows.ReadEvents(session.Statement(PartitionPage)
                .Set("@partition", after.Partition).Set("@after", after.Position).Set("@count", countMax)),
            cancellation));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> ReadHeads(CancellationToken cancellation) => readers.Read<IReadOnlyList<long>>(
        session =>
        {
            var heads = new long[Identity.Partitions];
            using var rows = session.Statement("select partition, head from log_partition").Read();
            while (rows.Read())
                heads[rows.GetInt32(0)] = rows.GetInt64(1);
            return heads;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<CommittedEvent>> FindCommand(
        JournalId journal, Guid commandId, CancellationToken cancellation) => readers.Read<IReadOnlyList<CommittedEvent>>(
        session => SqliteAppendBatch.FindCommand(session, journal, commandId), cancellation);
}
