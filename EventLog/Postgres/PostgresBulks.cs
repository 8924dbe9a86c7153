using Microsoft.Extensions.Logging;
using Npgsql;
using OrleansEs.EventLog.Bulk;

namespace OrleansEs.EventLog.Postgres;

/// <summary>Writes bulks: one transaction each, tried again when it met somebody who was faster.</summary>
/// <remarks>
/// Invariants: whatever fails before the commit is sent is certainly not written; whatever fails after it is not known, unless the
/// server said that it rolled back; every wait has a bound, so that a server that hangs holds up nobody for ever; bulks of one silo
/// wait for each other's partitions here, so that none of them takes another one for a lock that somebody forgot.
/// </remarks>
internal sealed partial class PostgresBulks(
    PostgresDatabase database, PostgresBlockages blockages, TimeProvider time, ILogger<PostgresEventLog> logger)
{
    // Races end: whoever wins is committed. More than some in a row are something else.
    private const int RacesMax = 5;

    // Longer than a lock and a statement may take together. It ends what trickles on without ever being silent for long.
    private static readonly TimeSpan s_timeMax = TimeSpan.FromSeconds(15);

    private readonly PostgresBulkTurns _turns = new(database.Identity.Partitions);

    /// <summary>Appends; no exception escapes.</summary>
    public async Task<BulkAppendResult> Append(
        IReadOnlyList<AppendRequest> requests, BulkPlan plan, CancellationToken cancellation)
    {
        try
        {
            return await Run<BulkAppendResult>(
                plan.Partitions,
                plan.Journals,
                async (transaction, ends, versions, isFirst) =>
                {
                    // Where no command was applied before, versions tell, and the constraint makes sure of it. So the usual bulk is spared
                    // the search for its commands: it is made when there is something to tell apart.
                    if (!isFirst || !plan.Follows(versions))
                    {
                        var reasons = plan.Judge(versions, await transaction.FindApplied(requests));
                        if (reasons.Count > 0)
                            return (null, new BulkAppendResult.Refused(reasons));
                    }
                    var (write, results) = plan.Place(ends, time.GetUtcNow());
                    return (write, new BulkAppendResult.Appended(results));
                },
                cancellation);
        }
        catch (OutcomeUnknownException unknown)
        {
            return new BulkAppendResult.Unknown(unknown.Message);
        }
        catch (OperationCanceledException)
        {
            return new BulkAppendResult.NotAccepted(
                NotAcceptedReason.Withdrawn, "The caller gave up before the commit, and nothing was written.");
        }
        // The contract of a store: no exception escapes. Whatever else failed, nothing was written.
        catch (Exception failure)
        {
            return new BulkAppendResult.NotAccepted(NotAcceptedReason.StorageFailed, failure.Message);
        }
    }

    /// <summary>Writes events of another log.</summary>
    public Task Restore(RestorePlan plan, CancellationToken cancellation) => Run<bool>(
        plan.Partitions,
        plan.Journals,
        (_, ends, versions, _) => Task.FromResult<(BulkWrite?, bool)>((plan.Check(ends, versions), true)),
        cancellation);

    private async Task<T> Run<T>(
        int[] partitions,
        IReadOnlyList<string> journals,
        Func<PostgresBulkTransaction, Dictionary<int, PartitionEnd>, List<long>, bool, Task<(BulkWrite? Write, T Result)>> judge,
        CancellationToken cancellation)
    {
        if (partitions.Select(blockages.Find).FirstOrDefault(words => words is not null) is { } blockage)
            throw new EventLogUnavailableException(blockage);
        using var bound = new CancellationTokenSource(s_timeMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellation);
        using var turns = await TakeTurns(partitions, either.Token, cancellation);
        for (var races = 0; ; races++)
        {
            PostgresBulkTransaction? transaction = null;
            try
            {
                await using var connection = await database.Bulk.OpenConnectionAsync(either.Token);
                transaction = new PostgresBulkTransaction(connection, either.Token);
                var (ends, versions) = await transaction.Begin(partitions, journals);
                var (write, result) = await judge(transaction, ends, versions, races == 0);
                if (write is not null)
                    await transaction.Commit(write);
                return result;
            }
            catch (RestoreRefusedException)
            {
                throw;
            }
            catch (Exception race) when (races < RacesMax && PostgresFailures.IsRace(race))
            {
                LogRace(database.Name, race);
            }
            catch (Exception failure)
            {
                throw await Explain(failure, transaction is { IsCommitSent: true }, partitions, cancellation);
            }
        }
    }

    private async Task<IDisposable> TakeTurns(int[] partitions, CancellationToken bound, CancellationToken cancellation)
    {
        try
        {
            return await _turns.Take(partitions, bound);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new EventLogUnavailableException(
                $"Other bulks of this silo took {s_timeMax.TotalSeconds:0} s and more: give fewer at once.");
        }
    }

    private async Task<Exception> Explain(Exception failure, bool isCommitSent, int[] partitions, CancellationToken cancellation)
    {
        if (PostgresFailures.IsConnectionLost(failure))
            database.Bulk.Clear();
        if (isCommitSent && !PostgresFailures.CertainlyNotCommitted(failure))
        {
            LogUnknown(database.Name, failure);
            return new OutcomeUnknownException(
                $"The database {database.Name} did not say whether it committed: {PostgresFailures.Reason(failure)}.", failure);
        }
        if (failure is OperationCanceledException && cancellation.IsCancellationRequested)
            return failure;
        LogNotWritten(database.Name, failure);
        // Somebody holds a lock for too long.
        if (PostgresFailures.IsLockTimeout(failure) && await blockages.Look(partitions)
            && partitions.Select(blockages.Find).FirstOrDefault(words => words is not null) is { } blockage)
            return new EventLogUnavailableException(blockage, failure);
        return new EventLogUnavailableException(
            $"The database {database.Name} cannot be written now, and nothing was: {Reason(failure)}.", failure);
    }

    private static string Reason(Exception failure) => failure switch
    {
        OperationCanceledException => $"it was not done within {s_timeMax.TotalSeconds:0} s",
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } =>
            $"{PostgresFailures.Reason(failure)}; give fewer events at once",
        // Which row of the copy it was, so that it can be found.
        PostgresException { Where: { Length: > 0 } place } => $"{PostgresFailures.Reason(failure)}, {place.ReplaceLineEndings(" ")}",
        _ => PostgresFailures.Reason(failure),
    };

    [LoggerMessage(1110, LogLevel.Information, "A bulk to {Database} met another append and is judged again")]
    private partial void LogRace(string database, Exception failure);

    [LoggerMessage(1111, LogLevel.Warning, "The database {Database} did not say whether it committed a bulk")]
    private partial void LogUnknown(string database, Exception failure);

    [LoggerMessage(1112, LogLevel.Error, "A bulk to {Database} was not written")]
    private partial void LogNotWritten(string database, Exception failure);
}
