using System.Globalization;
using Npgsql;

namespace OrleansEs.EventLog.Postgres;

/// <summary>Installs the tables of the log once, however many silos start, and refuses a log that is not just the one expected.</summary>
internal static class PostgresSchema
{
    /// <summary>The version of the tables that this code reads and writes.</summary>
    public const int Version = 2;

    // Whoever installs anything into the database holds this lock: the ASCII codes of "evntlog" as one number.
    private const long InstallLock = 0x65766e746c6f67;

    /// <summary>Checks the tables, or makes them in a database that has none, in one transaction.</summary>
    /// <param name="source">The connections.</param>
    /// <param name="name">The database's name, for people.</param>
    /// <param name="partitions">How many partitions the log must have; null for 8 of a new one, and any of another.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="EventLogStartException">The log is of another schema or partition count, or damaged.</exception>
    public static async Task<LogIdentity> Install(
        NpgsqlDataSource source, string name, int? partitions, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await Lock(transaction, cancellation);
        if (await Scalar(transaction, "select to_regclass('log_meta') is null", cancellation) is true)
            await Create(transaction, LogMeta.PartitionsOfNew(partitions), cancellation);
        var meta = await ReadMeta(transaction, cancellation);
        if (LogMeta.IsFirst(key => meta.GetValueOrDefault(key)))
        {
            await Upgrade(transaction, cancellation);
            meta = await ReadMeta(transaction, cancellation);
        }
        var identity = LogMeta.Identify(name, key => meta.GetValueOrDefault(key), Version, partitions);
        await transaction.CommitAsync(cancellation);
        return identity;
    }

    /// <summary>
    /// Waits for everybody else who installs something; the lock is held to the end of the transaction. Making tables may
    /// take its time, so the bounds of this transaction are wider than those of daily work.
    /// </summary>
    public static Task Lock(NpgsqlTransaction transaction, CancellationToken cancellation) => Execute(
        transaction,
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            set local synchronous_commit = on;
            set local lock_timeout = '20s';
            set local statement_timeout = '25s';
            select pg_advisory_xact_lock({InstallLock});
            """),
        cancellation);

    /// <summary>Runs statements inside the transaction.</summary>
    public static async Task Execute(NpgsqlTransaction transaction, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction) { CommandTimeout = 30 };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task Create(NpgsqlTransaction transaction, int partitions, CancellationToken cancellation)
    {
        if (await Scalar(transaction, "show server_encoding", cancellation) is not "UTF8" and var encoding)
            throw new EventLogStartException(
                $"The database is encoded as {encoding}, which cannot hold every text.",
                "Create it with encoding UTF8.");
        await Execute(transaction, EmbeddedSql.Read("Postgres.Schema.sql"), cancellation);
        await Execute(transaction, EmbeddedSql.Read("Postgres.ReadModelSchema.sql"), cancellation);
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        foreach (var (key, value) in LogMeta.OfNew(Version, partitions))
            batch.BatchCommands.Add(new NpgsqlBatchCommand("insert into log_meta (key, value) values ($1, $2)")
            {
                Parameters = { new() { Value = key }, new() { Value = value } },
            });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            "insert into log_partition (partition, head, recorded_at) select n, 0, 0 from generate_series(0, $1 - 1) as n")
        {
            Parameters = { new() { Value = partitions } },
        });
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    // Schema 1 kept checkpoints by version of a read model. What follows from the log is made again from it; the log stays.
    private static async Task Upgrade(NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        await Execute(transaction, "drop table read_model_checkpoint", cancellation);
        await Execute(transaction, EmbeddedSql.Read("Postgres.ReadModelSchema.sql"), cancellation);
        await Execute(transaction, "update log_meta set value = '2' where key = 'schema'", cancellation);
    }

    private static async Task<Dictionary<string, string>> ReadMeta(
        NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        var meta = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand("select key, value from log_meta", transaction.Connection, transaction);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            meta.Add(rows.GetString(0), rows.GetString(1));
        return meta;
    }

    private static async Task<object?> Scalar(NpgsqlTransaction transaction, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        return await command.ExecuteScalarAsync(cancellation);
    }
}
