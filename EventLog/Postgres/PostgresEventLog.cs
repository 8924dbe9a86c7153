using Microsoft.Extensions.Logging;
using Npgsql;
using OrleansEs.EventLog.Bulk;

namespace OrleansEs.EventLog.Postgres;

/// <summary>The log on PostgreSQL, for any number of silos.</summary>
/// <remarks>
/// The rows of <c>log_partition</c> are the locks under which versions and positions are given out: they are taken in order, at
/// the beginning of the transaction, and held to its commit. The constraints are the authority all the same: whoever got past
/// a lock meets them, and is judged again. So does whoever is judged by what this silo remembers.
/// </remarks>
internal sealed partial class PostgresEventLog(
    PostgresDatabase database, PostgresBlockages blockages, PostgresCommits commits, RowWindows windows, TimeProvider time,
    ILogger<PostgresEventLog> logger) : IEventLogStore
{
    // Races end: whoever wins is committed. More than some in a row are something else.
    private const int RacesMax = 5;

    private const string JournalPage =
        $"""
        select {PostgresRows.EventColumns}
        from log_event
        where journal = $1 and version > $2
        order by version
        limit $3
        """;

    private const string PartitionPage =
        $"""
        select {PostgresRows.EventColumns}
        from log_event
        where partition = $1 and position > $2
        order by position
        limit $3
        """;

    private const string CommandEvents =
        $"""
        select {PostgresRows.EventColumns}
        from log_event
        where journal = $1 and command_id = $2
        order by command_index
        """;

    private const string FirstOutcomes =
        $"""
        select found.*
        from unnest($1::text[], $2::uuid[]) as wanted (journal, command_id)
        cross join lateral (
          select {PostgresRows.EventColumns}
          from log_event e
          where e.journal = wanted.journal and e.command_id = wanted.command_id
          order by e.command_index
        ) as found
        """;

    private readonly PostgresReads _reads = new(database);
    private readonly PostgresBulks _bulks = new(database, blockages, time, logger);

    /// <summary>The statements of an append; a test plants its faults here.</summary>
    internal PostgresAppendText Text { get; init; } = PostgresAppendText.Default;

    /// <summary>What is remembered of the log; a test changes when it is trusted.</summary>
    internal PostgresLogMemory Memory { get; } = MemoryOf(database);

    /// <inheritdoc/>
    public LogIdentity Identity => database.Identity;

    /// <inheritdoc/>
    /// <remarks>A batch that was sent is not cancelled any more; the bounds of the connection end it.</remarks>
    public async Task<IReadOnlyList<AppendResult>> AppendBatch(
        IReadOnlyList<AppendRequest> batch, CancellationToken cancellation)
    {
        windows.Appending(batch.Count);
        var results = new AppendResult[batch.Count];
        var free = new List<int>(batch.Count);
        for (var index = 0; index < batch.Count; index++)
        {
            if (blockages.Find(batch[index].Journal.PartitionOf(Identity.Partitions)) is { } blockage)
                results[index] = Failed(blockage);
            else
                free.Add(index);
        }
        var written = await AppendFree(free.Count == batch.Count ? batch : free.ConvertAll(index => batch[index]));
        for (var index = 0; index < free.Count; index++)
            results[free[index]] = written[index];
        commits.Announce(written.OfType<AppendResult.Appended>().Select(appended => appended.Last.Partition));
        return results;
    }

    /// <inheritdoc/>
    public async Task<BulkAppendResult> AppendBulk(IReadOnlyList<AppendRequest> requests, CancellationToken cancellation)
    {
        BulkLimits.Check(requests);
        var plan = new BulkPlan(requests, Identity.Partitions);
        var result = await _bulks.Append(requests, plan, cancellation);
        if (result is BulkAppendResult.Appended)
            commits.Announce(plan.Partitions);
        return result;
    }

    /// <inheritdoc/>
    public Task Restore(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation)
    {
        BulkLimits.Check(events);
        return _bulks.Restore(new RestorePlan(events, Identity.Partitions), cancellation);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CommittedEvent>> ReadJournal(
        JournalId journal, long afterVersion, int countMax, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(countMax, 1);
        return LogContinuity.OfJournal(journal, afterVersion, await ReadEvents(
            JournalPage, [TextOf(journal.Value), Number(afterVersion), Number(countMax)], cancellation));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CommittedEvent>> ReadPartition(
        LogPosition after, int countMax, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(countMax, 1);
        return LogContinuity.OfPartition(after, await ReadEvents(
            PartitionPage, [Int(after.Partition), Number(after.Position), Number(countMax)], cancellation));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> ReadHeads(CancellationToken cancellation) => _reads.Read<IReadOnlyList<long>>(
        "select partition, head from log_partition",
        [],
        async command =>
        {
            var heads = new long[Identity.Partitions];
            await using var rows = await command.ExecuteReaderAsync(cancellation);
            while (await rows.ReadAsync(cancellation))
                heads[rows.GetInt32(0)] = rows.GetInt64(1);
            return heads;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<CommittedEvent>> FindCommand(
        JournalId journal, Guid commandId, CancellationToken cancellation) => ReadEvents(
        CommandEvents,
        [TextOf(journal.Value), new NpgsqlParameter<Guid> { TypedValue = commandId }],
        cancellation);

    private static PostgresLogMemory MemoryOf(PostgresDatabase database)
    {
        var memory = new PostgresLogMemory(database.Identity.Partitions);
        database.AppenderOpened += memory.Forget;
        return memory;
    }

    // The contract of a store: no exception escapes.
    private async Task<IReadOnlyList<AppendResult>> AppendFree(
        IReadOnlyList<AppendRequest> batch, PostgresJudge judge = PostgresJudge.Memory)
    {
        if (batch.Count == 0)
            return [];
        for (var races = 0; ; races++)
        {
            var isSent = false;
            try
            {
                AppendResult?[] judged;
                await using (var connection = await database.Appender.OpenConnectionAsync())
                {
                    isSent = true;
                    judged = await new PostgresAppendBatch(batch, Identity.Partitions, Text, Memory, judge)
                        .Run(connection, time.GetUtcNow());
                }
                // Committed: whatever fails from here on changes nothing of that.
                return await AddFirstOutcomes(batch, await AppendMisjudged(batch, judged));
            }
            catch (Exception race) when (races < RacesMax && PostgresFailures.IsRace(race))
            {
                Memory.Forget();
                judge = PostgresJudge.Command;
                LogRace(database.Name, batch.Count, race);
            }
            catch (Exception failure)
            {
                Memory.Forget();
                return await AfterFailure(batch, isSent, failure);
            }
        }
    }

    // Another silo was there first, in partitions that memory took for unchanged.
    private async Task<AppendResult[]> AppendMisjudged(IReadOnlyList<AppendRequest> batch, AppendResult?[] results)
    {
        var misjudged = Enumerable.Range(0, results.Length).Where(index => results[index] is null).ToList();
        if (misjudged.Count > 0)
        {
            var judged = await AppendFree(misjudged.ConvertAll(index => batch[index]), PostgresJudge.Version);
            for (var number = 0; number < misjudged.Count; number++)
                results[misjudged[number]] = judged[number];
        }
        return results!;
    }

    private async Task<IReadOnlyList<AppendResult>> AfterFailure(
        IReadOnlyList<AppendRequest> batch, bool isSent, Exception failure)
    {
        if (PostgresFailures.IsConnectionLost(failure))
            database.Appender.Clear();
        if (isSent && !PostgresFailures.CertainlyNotCommitted(failure))
        {
            LogUnknown(database.Name, batch.Count, failure);
            return AppendResult.ForAll(batch, new AppendResult.Unknown(
                $"The database {database.Name} did not say whether it committed: {PostgresFailures.Reason(failure)}."));
        }
        // Somebody holds a lock for too long. Whoever does not need it goes on.
        if (PostgresFailures.IsLockTimeout(failure)
            && await blockages.Look([.. batch.Select(request => request.Journal.PartitionOf(Identity.Partitions)).Distinct()]))
            return await AppendBatch(batch, CancellationToken.None);
        // One request that the database cannot take must not fail its neighbours.
        if (batch.Count > 1 && PostgresFailures.IsBadValue(failure))
        {
            var results = new List<AppendResult>(batch.Count);
            foreach (var request in batch)
                results.AddRange(await AppendFree([request]));
            return results;
        }
        LogNotWritten(database.Name, batch.Count, failure);
        return AppendResult.ForAll(batch, Failed(
            $"The database {database.Name} cannot be written now, and nothing was: {PostgresFailures.Reason(failure)}."));
    }

    // A duplicate is answered with what the log holds of it. All of them are read at once, since the neighbours wait meanwhile;
    // when that fails, nothing was written for them, and their next try finds them again.
    private async Task<AppendResult[]> AddFirstOutcomes(IReadOnlyList<AppendRequest> batch, AppendResult[] judged)
    {
        var duplicates = Enumerable.Range(0, judged.Length).Where(index => judged[index] is AppendResult.Duplicate { Events: [] })
            .ToArray();
        if (duplicates.Length == 0)
            return judged;
        try
        {
            await using var connection = await database.Writer.OpenConnectionAsync();
            await using var command = new NpgsqlCommand(FirstOutcomes, connection);
            command.Parameters.Add(new NpgsqlParameter<string[]>
            {
                TypedValue = [.. duplicates.Select(index => batch[index].Journal.Value)],
            });
            command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. duplicates.Select(index => batch[index].CommandId)] });
            var found = (await PostgresRows.ReadEvents(command, CancellationToken.None))
                .ToLookup(committed => (committed.Journal, committed.CommandId));
            foreach (var index in duplicates)
                judged[index] = new AppendResult.Duplicate([.. found[(batch[index].Journal, batch[index].CommandId)]]);
        }
        // Whatever it is, it must not reach the neighbours, who are committed.
        catch (Exception failure)
        {
            LogNoFirstOutcome(database.Name, duplicates.Length, failure);
            foreach (var index in duplicates)
                judged[index] = Failed(
                    $"The journal holds the command already, but it cannot be read now: {PostgresFailures.Reason(failure)}.");
        }
        return judged;
    }

    private Task<IReadOnlyList<CommittedEvent>> ReadEvents(
        string sql, NpgsqlParameter[] parameters, CancellationToken cancellation) =>
        _reads.Read(sql, parameters, command => PostgresRows.ReadEvents(command, cancellation), cancellation);

    private static AppendResult.NotAccepted Failed(string detail) => new(NotAcceptedReason.StorageFailed, detail);

    private static NpgsqlParameter<string> TextOf(string value) => new() { TypedValue = value };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };

    private static NpgsqlParameter<int> Int(int value) => new() { TypedValue = value };

    [LoggerMessage(1102, LogLevel.Information, "A batch of {Appends} appends to {Database} met another one and is judged again")]
    private partial void LogRace(string database, int appends, Exception failure);

    [LoggerMessage(1103, LogLevel.Warning, "The database {Database} did not say whether it committed {Appends} appends")]
    private partial void LogUnknown(string database, int appends, Exception failure);

    [LoggerMessage(1109, LogLevel.Warning, "The first outcomes of {Commands} commands could not be read from {Database}")]
    private partial void LogNoFirstOutcome(string database, int commands, Exception failure);

    [LoggerMessage(1104, LogLevel.Error, "{Appends} appends to {Database} were not written")]
    private partial void LogNotWritten(string database, int appends, Exception failure);
}
