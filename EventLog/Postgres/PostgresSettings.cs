using Npgsql;

namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// Completes a connection string, so that no call waits for ever: what the user wrote stays, what is absent gets a bound.
/// </summary>
internal static class PostgresSettings
{
    /// <summary>
    /// Bulks at once of one silo. They share the server's disk and its processors, so that more would only wait for each other.
    /// </summary>
    public const int BulksMax = 4;

    // Whoever waits for a caller's answer has a deadline of ten seconds; a server that is there connects within milliseconds.
    private const int ConnectTimeoutSeconds = 3;

    // The longest statement of ours takes some milliseconds. The server ends it by itself a little before we give up, so that
    // nothing of ours runs on behind our back.
    private const int CommandTimeoutSeconds = 5;
    private const int StatementTimeoutMs = 4_500;

    // A lock is held for one batch. Who waits longer waits for a transaction that somebody forgot.
    private const int LockTimeoutMs = 2_000;

    // A transaction of ours that says nothing for so long belongs to a silo that is frozen or cut off.
    private const int IdleInTransactionTimeoutMs = 10_000;

    // A connection that died without a word is noticed after this.
    private const int KeepAliveSeconds = 5;

    // Read models of one silo that commit at once. A server of default settings takes 100 connections, and three silos of ours
    // should leave some of them to others; more would only wait for each other.
    private const int WritersMax = 10;

    // Each lane has one batch under way at a time; one connection more is there when one of theirs breaks.
    private const int AppendersSpare = 1;

    private const string AppenderOptions = " -c enable_nestloop=off -c enable_mergejoin=off -c enable_seqscan=off";

    // Every statement of a batch without a transaction around it sees the moment of the first.
    private const string ReaderOptions =
        @" -c default_transaction_read_only=on -c default_transaction_isolation=repeatable\ read";

    /// <summary>
    /// For what is derived from the log: read models and snapshots. Their commits do not wait for the disk. Should the server
    /// crash, the last of them are gone, rows and checkpoint together, and are made again from the log, which does wait.
    /// </summary>
    /// <exception cref="EventLogStartException">It is no connection string; the message names what is wrong.</exception>
    public static NpgsqlConnectionStringBuilder Writer(string connectionString) =>
        Complete(connectionString, " -c synchronous_commit=off", WritersMax);

    /// <summary>For what is not derived from the log: what silos know of each other, and what operators decided.</summary>
    /// <exception cref="EventLogStartException">It is no connection string; the message names what is wrong.</exception>
    public static NpgsqlConnectionStringBuilder Durable(string connectionString) => Complete(connectionString, "", WritersMax);

    /// <summary>
    /// For the appender alone: its statements join arrays, whose sizes the planner cannot know, and look into indexes of a table
    /// that may have been empty when they were planned.
    /// </summary>
    /// <param name="connectionString">What the user wrote.</param>
    /// <param name="lanes">How many batches may be under way at once.</param>
    /// <exception cref="EventLogStartException">It is no connection string; the message names what is wrong.</exception>
    public static NpgsqlConnectionStringBuilder Appender(string connectionString, int lanes) =>
        Complete(connectionString, AppenderOptions, lanes + AppendersSpare);

    /// <summary>For bulks: they ask what the appender asks, and several of them may be under way.</summary>
    /// <exception cref="EventLogStartException">It is no connection string; the message names what is wrong.</exception>
    public static NpgsqlConnectionStringBuilder Bulk(string connectionString) =>
        Complete(connectionString, AppenderOptions, BulksMax);

    /// <summary>For reads: a session of these cannot write, and a batch of statements reads one moment.</summary>
    /// <param name="connectionString">What the user wrote.</param>
    /// <param name="connectionsMax">How many read at once.</param>
    /// <exception cref="EventLogStartException">It is no connection string; the message names what is wrong.</exception>
    public static NpgsqlConnectionStringBuilder Reader(string connectionString, int connectionsMax) =>
        Complete(connectionString, ReaderOptions, connectionsMax);

    /// <summary>For the one connection that listens. A session that listens never comes back to a pool.</summary>
    /// <exception cref="EventLogStartException">It is no connection string; the message names what is wrong.</exception>
    public static NpgsqlConnectionStringBuilder Listener(string connectionString)
    {
        var settings = Complete(connectionString, "", 1);
        settings.Pooling = false;
        // Whoever listens asks by itself whether the server is still there.
        settings.KeepAlive = 0;
        settings.ApplicationName += " listen";
        return settings;
    }

    private static NpgsqlConnectionStringBuilder Complete(string connectionString, string options, int connectionsMax)
    {
        var settings = Parse(connectionString);
        settings.MinPoolSize = Math.Min(settings.MinPoolSize, connectionsMax);
        settings.MaxPoolSize = connectionsMax;
        Default(settings, "Timeout", () => settings.Timeout = ConnectTimeoutSeconds);
        Default(settings, "Command Timeout", () => settings.CommandTimeout = CommandTimeoutSeconds);
        // A cancelled command breaks its connection at once: asking a server that does not answer to cancel only waits again.
        Default(settings, "Cancellation Timeout", () => settings.CancellationTimeout = -1);
        Default(settings, "Keepalive", () => settings.KeepAlive = KeepAliveSeconds);
        Default(settings, "Application Name", () => settings.ApplicationName = "orleanses");
        // Nothing of ours changes a session, so there is nothing to reset when it goes back to the pool.
        Default(settings, "No Reset On Close", () => settings.NoResetOnClose = true);
        Default(settings, "Max Auto Prepare", () => settings.MaxAutoPrepare = 64);
        Default(settings, "Auto Prepare Min Usages", () => settings.AutoPrepareMinUsages = 2);
        // Compiling statements that run for a millisecond only costs time.
        // The user's options stand last, and the last one of a name wins.
        settings.Options = FormattableString.Invariant(
            $"-c statement_timeout={StatementTimeoutMs} -c lock_timeout={LockTimeoutMs} ")
            + FormattableString.Invariant($"-c idle_in_transaction_session_timeout={IdleInTransactionTimeoutMs} ")
            + $"-c default_transaction_isolation=read\\ committed -c jit=off "
            // A statement whose client has gone away ends soon, and gives its connection back.
            + $"-c client_connection_check_interval=1000{options} {settings.Options}".TrimEnd();
        return settings;
    }

    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString);
            if (string.IsNullOrWhiteSpace(settings.Host))
                throw new EventLogStartException("The connection string names no Host.", Remedy);
            // A standby lags, and who decides on what it shows decides on an old state.
            if (settings.Host.Contains(',', StringComparison.Ordinal))
                throw new EventLogStartException(
                    $"The connection string names several hosts ('{settings.Host}').",
                    "Name the primary alone, or an address that always leads to it.");
            return settings;
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new EventLogStartException(
                $"The connection string cannot be read: {failure.Message.TrimEnd('.')}.", Remedy, failure);
        }
    }

    private const string Remedy =
        "Write it like Host=localhost;Port=5432;Database=ledger;Username=ledger;Password=….";

    private static void Default(NpgsqlConnectionStringBuilder settings, string keyword, Action set)
    {
        if (!settings.ShouldSerialize(keyword))
            set();
    }
}
