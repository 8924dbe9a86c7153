using Npgsql;
using Orleans.Serialization;
using OrleansEs.EventLog.Postgres;

namespace OrleansEs.EventLog.Hosting;

/// <summary>Looks at a connection string, and at the server behind it, before a silo or a client relies on it.</summary>
public static class PostgresConnection
{
    /// <summary>Checks the text, and names the database that it leads to.</summary>
    /// <param name="connectionString">Such as <c>Host=localhost;Database=ledger;Username=ledger;Password=…</c>.</param>
    /// <returns>Host, port and database, as <c>localhost:5432/ledger</c>; never a password.</returns>
    /// <exception cref="EventLogStartException">It cannot be read; the message names the keyword and no value.</exception>
    public static string NameOf(string connectionString) => NameOf(PostgresSettings.Writer(connectionString));

    /// <summary>Connects once, to know now whether the server answers and lets the user in.</summary>
    /// <param name="connectionString">Where it is.</param>
    /// <param name="cancellation">Gives up; a server that does not answer is given up after some seconds by itself.</param>
    /// <exception cref="EventLogUnavailableException">The server does not answer now, and a later try may go well; the message is the
    /// reason alone.</exception>
    /// <exception cref="EventLogStartException">No later try will go well; the message says the remedy.</exception>
    public static async Task RequireReachable(string connectionString, CancellationToken cancellation = default)
    {
        await using var source = Unpooled(connectionString);
        await Ask(source, connectionString, "select 1", cancellation);
    }

    /// <summary>As <see cref="RequireReachable"/>, and that silos have installed their membership in the database.</summary>
    /// <inheritdoc cref="RequireReachable"/>
    public static async Task RequireCluster(string connectionString, CancellationToken cancellation = default)
    {
        await using var source = Unpooled(connectionString);
        var found = await Ask(
            source, connectionString, "select to_regclass('OrleansMembershipTable') is not null", cancellation);
        if (found is not true)
        {
            throw new EventLogStartException(
                $"The database {NameOf(connectionString)} has no cluster: no silo has ever started on it.",
                "Start a silo on it, or name another database.");
        }
    }

    /// <summary>As <see cref="RequireReachable"/>, and that the database holds a log.</summary>
    /// <inheritdoc cref="RequireReachable"/>
    public static async Task RequireLog(string connectionString, CancellationToken cancellation = default)
    {
        if (!await HoldsLog(connectionString, cancellation))
        {
            throw new EventLogStartException(
                $"The database {NameOf(connectionString)} holds no log: no silo has ever started on it.", "Name the database of the log.");
        }
    }

    /// <summary>As <see cref="RequireReachable"/>, and says whether the database holds a log.</summary>
    /// <inheritdoc cref="RequireReachable"/>
    public static async Task<bool> HoldsLog(string connectionString, CancellationToken cancellation = default)
    {
        await using var source = Unpooled(connectionString);
        return await Ask(source, connectionString, "select to_regclass('log_event') is not null", cancellation) is true;
    }

    /// <summary>As <see cref="RequireReachable"/>, and that no silo is at work on the database.</summary>
    /// <inheritdoc cref="RequireReachable"/>
    public static async Task RequireNoSilos(string connectionString, CancellationToken cancellation = default)
    {
        await using var source = Unpooled(connectionString);
        if (await Ask(source, connectionString, "select to_regclass('OrleansMembershipTable') is not null", cancellation) is not true)
            return;
        // A silo that was killed never says so; it falls silent, and one that lives says every two seconds that it does.
        var silos = await Ask(
            source,
            connectionString,
            """
            select string_agg(Address || ':' || Port, ', ' order by Address, Port)
            from OrleansMembershipTable
            where Status <> 6 and IAmAliveTime > now() - interval '10 seconds'
            """,
            cancellation);
        if (silos is string names)
        {
            throw new EventLogStartException(
                $"Silos are at work on the database {NameOf(connectionString)}: {names}.",
                "Stop them, or wait 10 s after they were killed.");
        }
    }

    /// <summary>Lets what the driver said travel inside of exceptions between silos and to clients: unknown types cannot.</summary>
    internal static void CarryFailures(ExceptionSerializationOptions options) =>
        options.SupportedNamespacePrefixes.Add(nameof(Npgsql));

    internal static string NameOf(NpgsqlConnectionStringBuilder settings) =>
        $"{settings.Host}:{settings.Port}/{settings.Database ?? settings.Username}";

    private static NpgsqlDataSource Unpooled(string connectionString)
    {
        var settings = PostgresSettings.Writer(connectionString);
        settings.Pooling = false;
        return NpgsqlDataSource.Create(settings);
    }

    private static async Task<object?> Ask(
        NpgsqlDataSource source, string connectionString, string sql, CancellationToken cancellation)
    {
        try
        {
            await using var command = source.CreateCommand(sql);
            return await command.ExecuteScalarAsync(cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw PostgresFailures.MayPass(failure)
                ? new EventLogUnavailableException(PostgresFailures.Reason(failure), failure)
                : PostgresFailures.AtStart(NameOf(connectionString), failure);
        }
    }
}
