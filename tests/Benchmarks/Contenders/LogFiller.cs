using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Postgres;
using OrleansEs.Grains;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>
/// Makes a log with a past in a minute: copies events into the tables by the rules that the log itself follows (dense versions,
/// dense positions, heads), in turn over the accounts, as if they had all been at work at once, with a command in each millisecond.
/// </summary>
internal static class LogFiller
{
    /// <summary>Fills an empty database.</summary>
    /// <returns>The sum of all balances, in cents.</returns>
    public static async Task<long> Fill(string database, int accounts, int events)
    {
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database) { CommandTimeout = 600, Pooling = false });
        await PostgresSchema.Install(source, "the database of a benchmark", RawLog.Partitions, CancellationToken.None);
        await using var connection = await source.OpenConnectionAsync();
        var (heads, cents) = await Copy(connection, accounts, events);
        await Execute(
            connection,
            "update log_partition set head = $1[partition + 1], recorded_at = (extract(epoch from now()) * 1000000)::bigint",
            new NpgsqlParameter<long[]> { TypedValue = heads });
        // As a log that was always there: the server has looked through it, and nothing waits to be written.
        await Execute(connection, "vacuum analyze log_event");
        await Execute(connection, "checkpoint");
        return cents;
    }

    /// <summary>The last position of each partition.</summary>
    public static async Task<IReadOnlyList<long>> Heads(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("select array_agg(head order by partition) from log_partition");
        return (long[])(await command.ExecuteScalarAsync())!;
    }

    /// <summary>How many bytes an event takes: all, the table alone, each index.</summary>
    public static async Task<IReadOnlyList<(string Name, double BytesPerEvent)>> Sizes(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(
            """
            select name, size::float8 / (select count(*) from log_event)
            from (
              select 'bytes per event' as name, pg_total_relation_size('log_event') as size, 0 as place
              union all select 'table', pg_table_size('log_event'), 1
              union all select indexrelid::regclass::text, pg_relation_size(indexrelid), 2
                from pg_index where indrelid = 'log_event'::regclass
            ) sizes
            order by place, name
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var sizes = new List<(string, double)>();
        while (await reader.ReadAsync())
            sizes.Add((reader.GetString(0), reader.GetDouble(1)));
        return sizes;
    }

    private static async Task<(long[] Heads, long Cents)> Copy(NpgsqlConnection connection, int accounts, int events)
    {
        var partitions = Enumerable.Range(0, accounts)
            .Select(number => JournalId.Of("account", Accounts.Id(number)).PartitionOf(RawLog.Partitions)).ToArray();
        var heads = new long[RawLog.Partitions];
        var sum = 0L;
        await using var copy = await connection.BeginBinaryImportAsync($"copy log_event ({RawRow.Columns}) from stdin (format binary)");
        for (var number = 0; number < events; number++)
        {
            var account = number % accounts;
            var version = number / accounts + 1L;
            var cents = version == 1 ? 0 : number * 7_919L % 2_000 + 1;
            sum += cents;
            var partition = partitions[account];
            var row = new RawRow($"account/{Accounts.Id(account)}", partition, ++heads[partition], version, cents);
            await copy.StartRowAsync();
            await copy.WriteAsync(row.Partition, NpgsqlDbType.Integer);
            await copy.WriteAsync(row.Position, NpgsqlDbType.Bigint);
            await copy.WriteAsync(row.Journal, NpgsqlDbType.Text);
            await copy.WriteAsync(row.Version, NpgsqlDbType.Bigint);
            await copy.WriteAsync(Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddYears(50).AddMilliseconds(number)), NpgsqlDbType.Uuid);
            await copy.WriteAsync(0, NpgsqlDbType.Integer);
            await copy.WriteAsync(version == 1 ? "account.opened" : RawRow.Type, NpgsqlDbType.Text);
            await copy.WriteAsync(1, NpgsqlDbType.Integer);
            await copy.WriteAsync("json", NpgsqlDbType.Text);
            await copy.WriteAsync(version == 1 ? Opened(account) : row.Payload, NpgsqlDbType.Text);
            await copy.WriteAsync(row.Metadata, NpgsqlDbType.Json);
            await copy.WriteAsync(row.RecordedAt, NpgsqlDbType.Bigint);
        }
        await copy.CompleteAsync();
        return (heads, sum);
    }

    private static string Opened(int account) =>
        JsonSerializer.Serialize(new AccountOpened(Accounts.Id(account), [], 0), LedgerJson.Frozen.AccountOpened);

    private static async Task Execute(NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync();
    }
}
