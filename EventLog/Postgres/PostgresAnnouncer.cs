using Microsoft.Extensions.Logging;
using Npgsql;

namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// Tells the other silos to which partitions this one committed: after the commit, since a notification inside of it would hold
/// a lock of the whole server up to its end, and one for all commits that came while the last one was under way.
/// </summary>
internal sealed partial class PostgresAnnouncer(
    PostgresDatabase database, PostgresCommits commits, TimeProvider time, ILogger<PostgresAnnouncer> logger)
{
    // Nobody waits for it: the others look into the log by themselves, so a server in trouble is asked rarely.
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(1);

    /// <summary>By this the silo knows its own notices when it hears them.</summary>
    public string Sender { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Tells until it is cancelled.</summary>
    /// <param name="isAlone">
    /// Whether this silo is the only one of its cluster: then nobody is told. Another one that starts looks into the log by itself.
    /// </param>
    /// <param name="cancellation">Ends it.</param>
    public async Task Run(Func<bool> isAlone, CancellationToken cancellation)
    {
        var isFailing = false;
        while (!cancellation.IsCancellationRequested)
        {
            int[] partitions = [];
            try
            {
                partitions = await commits.Take(cancellation);
                if (!isAlone())
                    await Tell(new PostgresNotice(Sender, partitions), cancellation);
                isFailing = false;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            // The loop's edge: what could not be told now is told with what comes.
            catch (Exception failure)
            {
                if (!isFailing)
                    LogUntold(database.Name, failure);
                isFailing = true;
                commits.Announce(partitions);
                await Task.Delay(s_retryDelay, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task Tell(PostgresNotice notice, CancellationToken cancellation)
    {
        await using var command = database.Writer.CreateCommand("select pg_notify($1, $2)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = PostgresNotice.Channel });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = notice.ToString() });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    [LoggerMessage(1121, LogLevel.Warning,
        "Commits cannot be told to other silos through {Database} for now; they find them when they look into the log")]
    private partial void LogUntold(string database, Exception failure);
}
