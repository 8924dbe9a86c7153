using Microsoft.Extensions.Logging;
using Npgsql;

namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// The database: its pools of connections, opened once per silo, and checked and installed before anybody reads.
/// </summary>
/// <remarks>
/// Invariants: every session has a bound on every wait; a session of <see cref="Reader"/> cannot write, and a batch of it
/// reads one moment; a log of another schema or partition count is refused unchanged.
/// </remarks>
internal sealed partial class PostgresDatabase : IDisposable, IAsyncDisposable
{
    // Connections that queries leave to whoever follows the log, who would else wait behind all of them.
    private const int ReadersSpare = 2;

    // Between two looks at a server that is not there yet.
    private static readonly TimeSpan s_startRetryDelay = TimeSpan.FromMilliseconds(500);

    private PostgresDatabase(string connectionString, PostgresSizes sizes)
    {
        var settings = PostgresSettings.Writer(connectionString);
        Name = $"{settings.Host}:{settings.Port}/{settings.Database ?? settings.Username}";
        Writer = NpgsqlDataSource.Create(settings);
        Appender = AppenderOf(PostgresSettings.Appender(connectionString, sizes.AppendLanes));
        Bulk = NpgsqlDataSource.Create(PostgresSettings.Bulk(connectionString));
        Reader = NpgsqlDataSource.Create(PostgresSettings.Reader(connectionString, sizes.ReaderConnections));
        Listener = NpgsqlDataSource.Create(PostgresSettings.Listener(connectionString));
        QueryTurns = new SemaphoreSlim(Math.Max(1, sizes.ReaderConnections - ReadersSpare));
    }

    /// <summary>Where it is, for people: host, port and database, never a password.</summary>
    public string Name { get; }

    /// <summary>What was fixed when the log was created.</summary>
    public LogIdentity Identity { get; private set; } = null!;

    /// <summary>The connections that write what is derived from the log: their commits do not wait for the disk.</summary>
    public NpgsqlDataSource Writer { get; }

    /// <summary>The appender has a new session, perhaps with a server that came back with another log.</summary>
    public event Action? AppenderOpened;

    /// <summary>The connections of the appender.</summary>
    public NpgsqlDataSource Appender { get; }

    /// <summary>The connections of bulks. They are as durable as the appender's.</summary>
    public NpgsqlDataSource Bulk { get; }

    /// <summary>The connections that read.</summary>
    public NpgsqlDataSource Reader { get; }

    /// <summary>Turns of queries of one batch, which may come in any number, on the connections that read.</summary>
    public SemaphoreSlim QueryTurns { get; }

    /// <summary>The connection that hears what other silos committed; it is no pool.</summary>
    public NpgsqlDataSource Listener { get; }

    /// <summary>Opens the database, and waits for a server that is not there yet.</summary>
    /// <param name="connectionString">Where it is.</param>
    /// <param name="sizes">How many there are of what is counted.</param>
    /// <param name="start">How long to wait, and whom to tell.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="EventLogStartException">It cannot be opened like that; the message says the remedy.</exception>
    /// <exception cref="OperationCanceledException">Somebody gave up waiting.</exception>
    public static async Task<PostgresDatabase> Open(
        string connectionString, PostgresSizes sizes, PostgresStart start, CancellationToken cancellation)
    {
        var database = new PostgresDatabase(connectionString, sizes);
        try
        {
            database.Identity = await database.Install(sizes.Partitions, start, cancellation);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public void Dispose()
    {
        Appender.Dispose();
        Bulk.Dispose();
        Writer.Dispose();
        Reader.Dispose();
        Listener.Dispose();
        QueryTurns.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await Appender.DisposeAsync();
        await Bulk.DisposeAsync();
        await Writer.DisposeAsync();
        await Reader.DisposeAsync();
        await Listener.DisposeAsync();
        QueryTurns.Dispose();
    }

    private NpgsqlDataSource AppenderOf(NpgsqlConnectionStringBuilder settings)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UsePhysicalConnectionInitializer(
            _ => AppenderOpened?.Invoke(),
            _ =>
            {
                AppenderOpened?.Invoke();
                return Task.CompletedTask;
            });
        return builder.Build();
    }

    private async Task<LogIdentity> Install(int? partitions, PostgresStart start, CancellationToken cancellation)
    {
        var since = start.Time.GetTimestamp();
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                var identity = await PostgresSchema.Install(Writer, Name, partitions, cancellation);
                await RequirePromises(cancellation);
                return identity;
            }
            catch (Exception failure) when (failure is not (EventLogStartException or OperationCanceledException))
            {
                if (!PostgresFailures.MayPass(failure) || start.Time.GetElapsedTime(since) >= start.Timeout)
                    throw PostgresFailures.AtStart(Name, failure);
                if (isFirst)
                    LogWaiting(start.Logger, Name, start.Timeout.TotalSeconds, PostgresFailures.Reason(failure));
                await Task.Delay(s_startRetryDelay, start.Time, cancellation);
            }
        }
    }

    // What the log promises rests on these; the server, a role or a pooler in between may have other ideas.
    private async Task RequirePromises(CancellationToken cancellation)
    {
        await using var command = Appender.CreateCommand(
            "select current_setting('synchronous_commit'), current_setting('lock_timeout'), pg_is_in_recovery()");
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        if (row.GetBoolean(2))
            throw new EventLogStartException($"The database {Name} is a standby.", "Name the primary.");
        if (row.GetString(0) == "off")
            throw new EventLogStartException(
                $"The database {Name} runs with synchronous_commit = off: what it acknowledges may be lost.",
                "Set it to on, for the server, the database and the role.");
        if (row.GetString(1) == "0")
            throw new EventLogStartException(
                $"The sessions of {Name} have no lock_timeout, although one was asked for: a pooler in between drops the options.",
                "Connect without it, or have it pass the startup parameter 'options' on.");
        await using var reading = Reader.CreateCommand("select current_setting('default_transaction_isolation')");
        var isolation = (string?)await reading.ExecuteScalarAsync(cancellation);
        if (isolation is not ("repeatable read" or "serializable"))
            throw new EventLogStartException(
                $"The sessions that read {Name} have default_transaction_isolation = {isolation}: an answer would not be of one moment.",
                "Take default_transaction_isolation out of the Options of the connection string.");
    }

    [LoggerMessage(1101, LogLevel.Warning, "Waiting for PostgreSQL at {Database}, {Seconds} s at most: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string database, double seconds, string reason);
}

/// <summary>How many there are of what is counted.</summary>
/// <param name="Partitions">How many partitions the log must have; null for 8 of a new one, and any of another.</param>
/// <param name="AppendLanes">How many batches of appends may be under way at once.</param>
/// <param name="ReaderConnections">How many connections read at once.</param>
internal sealed record PostgresSizes(int? Partitions = null, int AppendLanes = 1, int ReaderConnections = 8);

/// <summary>How a start waits for its database.</summary>
/// <param name="Timeout">How long at most.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">Is told that it waits.</param>
internal sealed record PostgresStart(TimeSpan Timeout, TimeProvider Time, ILogger Logger);
