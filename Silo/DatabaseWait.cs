using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;

namespace OrleansEs.Silo;

/// <summary>
/// Waits for a database that does not answer yet, for as long as the options say. What waiting cannot cure, such as a wrong
/// password, is refused at once.
/// </summary>
internal sealed class DatabaseWait(TimeProvider time, SiloHealth health, TextWriter stderr)
{
    // Haste would only burn the processor that the database needs to start.
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Returns when the database answers.</summary>
    /// <exception cref="StartException">It did not in time, or never will; the message says the remedy.</exception>
    /// <exception cref="OperationCanceledException">The silo was told to stop.</exception>
    public async Task Until(SiloOptions options, CancellationToken cancellation)
    {
        var name = PostgresConnection.NameOf(options.Connection);
        var started = time.GetTimestamp();
        var said = "";
        while (true)
        {
            try
            {
                await PostgresConnection.RequireReachable(options.Connection, cancellation);
                health.Starts("starting");
                return;
            }
            catch (EventLogStartException refused)
            {
                throw StartFailures.Explain(refused, options)!;
            }
            catch (EventLogUnavailableException notYet)
            {
                if (time.GetElapsedTime(started) >= options.DatabaseTimeout)
                {
                    throw new StartException(
                        3, "database-unavailable",
                        $"PostgreSQL at {name} did not answer within {options.DatabaseTimeout.TotalSeconds:0.###} s ({notYet.Message})",
                        "start PostgreSQL, correct --connection, or wait longer by --database-timeout");
                }
                var waiting = $"waiting for PostgreSQL at {name}: {notYet.Message}";
                health.Starts(waiting);
                if (said != waiting)
                    await stderr.WriteLineAsync(said = waiting);
                await Task.Delay(s_pause, time, cancellation);
            }
        }
    }
}
