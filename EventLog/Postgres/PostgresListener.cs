using Microsoft.Extensions.Logging;
using Npgsql;

namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// Hears of the commits of other silos on a connection of its own, and raises the silo's signal for them.
/// </summary>
/// <remarks>
/// Invariants: a lost connection is noticed within ten seconds, whatever becomes of it, and replaced; nothing that was told
/// meanwhile is missed, since every partition counts as committed to when it hears again. Whoever waits for the signal looks
/// into the log now and then without it.
/// </remarks>
internal sealed partial class PostgresListener(
    PostgresDatabase database, CommitSignal signal, TimeProvider time, ILogger<PostgresListener> logger)
{
    // A connection on which nothing was heard for so long is asked whether it still lives.
    private static readonly TimeSpan s_silenceMax = TimeSpan.FromSeconds(5);
    private const int AnswerSecondsMax = 3;

    private static readonly TimeSpan s_retryDelayMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_retryDelayMax = TimeSpan.FromSeconds(5);

    /// <summary>Listens until it is cancelled.</summary>
    /// <param name="self">The sender of the silo's own notices, which are not for it.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task Run(string self, CancellationToken cancellation)
    {
        var outage = new Outage(s_retryDelayMin);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await Listen(self, outage, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            // The loop's edge: it goes on with a new connection, after a delay that grows.
            catch (Exception failure)
            {
                if (!outage.IsTold)
                    LogLost(database.Name, failure);
                outage.IsTold = true;
                await Task.Delay(outage.Delay, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                outage.Delay = outage.Delay * 2 < s_retryDelayMax ? outage.Delay * 2 : s_retryDelayMax;
            }
        }
    }

    private async Task Listen(string self, Outage outage, CancellationToken cancellation)
    {
        await using var connection = await database.Listener.OpenConnectionAsync(cancellation);
        connection.Notification += (_, heard) => Hear(heard.Payload, self);
        await Execute(connection, $"listen {PostgresNotice.Channel}", cancellation);
        RaiseAll();
        if (outage.IsTold)
            LogBack(database.Name);
        (outage.IsTold, outage.Delay) = (false, s_retryDelayMin);
        while (true)
        {
            if (!await connection.WaitAsync(s_silenceMax, cancellation))
                await Execute(connection, "select 1", cancellation);
        }
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = AnswerSecondsMax };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private void Hear(string text, string self)
    {
        if (!PostgresNotice.TryParse(text, database.Identity.Partitions, out var notice))
        {
            // Of a newer program, perhaps. It says at least that there is something.
            RaiseAll();
            return;
        }
        if (notice.Sender == self)
            return;
        foreach (var partition in notice.Partitions)
            signal.Committed(partition);
    }

    private void RaiseAll()
    {
        for (var partition = 0; partition < database.Identity.Partitions; partition++)
            signal.Committed(partition);
    }

    [LoggerMessage(1122, LogLevel.Warning,
        "Commits of other silos are not heard through {Database} for now; this silo finds them when it looks into the log")]
    private partial void LogLost(string database, Exception failure);

    [LoggerMessage(1123, LogLevel.Information, "Commits of other silos are heard again through {Database}")]
    private partial void LogBack(string database);

    // From the loss of a connection to the first word on a new one.
    private sealed class Outage(TimeSpan delay)
    {
        public bool IsTold { get; set; }

        public TimeSpan Delay { get; set; } = delay;
    }
}
