using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>
/// The plainest read model: reads what is new in all partitions, folds it, and writes balances and checkpoint in one
/// transaction, as lazily durable as our read models are. It trusts positions to be committed in order.
/// </summary>
internal sealed class RawProjector : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly long[] _positions = new long[RawLog.Partitions];

    private RawProjector(NpgsqlDataSource source) => _source = source;

    /// <summary>The last position that is applied, by partition.</summary>
    public IReadOnlyList<long> Positions => _positions;

    /// <summary>Makes its tables in a log's database.</summary>
    public static async Task<RawProjector> Create(string connection)
    {
        var projector = new RawProjector(NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection)
        {
            MaxAutoPrepare = 8, AutoPrepareMinUsages = 2, Options = "-c synchronous_commit=off",
        }));
        await using var tables = projector._source.CreateCommand(
            """
            create table raw_account (journal text collate "C" primary key, version bigint not null, balance bigint not null);
            create table raw_checkpoint (partition integer primary key, position bigint not null);
            """);
        await tables.ExecuteNonQueryAsync();
        return projector;
    }

    /// <summary>Applies what is new.</summary>
    /// <param name="pageMax">At most so many events of each partition.</param>
    /// <returns>How many it applied.</returns>
    public async Task<int> Step(int pageMax)
    {
        await using var connection = await _source.OpenConnectionAsync();
        var (applied, accounts) = await Read(connection, pageMax);
        if (applied > 0)
            await Write(connection, accounts);
        return applied;
    }

    /// <summary>The sum of all balances.</summary>
    public async Task<long> Sum()
    {
        await using var command = _source.CreateCommand("select coalesce(sum(balance), 0)::bigint from raw_account");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<(int Applied, Dictionary<string, (long Version, long Cents)> Accounts)> Read(
        NpgsqlConnection connection, int pageMax)
    {
        await using var command = new NpgsqlCommand(
            """
            select e.partition, e.position, e.journal, e.version, e.type, e.payload
            from unnest($1::int[], $2::bigint[]) as done (partition, position)
            cross join lateral (
              select * from log_event e
              where e.partition = done.partition and e.position > done.position
              order by e.position
              limit $3
            ) e
            """, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<int[]> { TypedValue = [.. Enumerable.Range(0, RawLog.Partitions)] },
                new NpgsqlParameter<long[]> { TypedValue = _positions },
                new NpgsqlParameter<long> { TypedValue = pageMax },
            },
        };
        var accounts = new Dictionary<string, (long Version, long Cents)>();
        var applied = 0;
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            applied++;
            _positions[reader.GetInt32(0)] = reader.GetInt64(1);
            var cents = reader.GetString(4) == RawRow.Type ? CentsOf(reader.GetString(5)) : 0;
            var journal = reader.GetString(2);
            accounts[journal] = (reader.GetInt64(3), accounts.GetValueOrDefault(journal).Cents + cents);
        }
        return (applied, accounts);
    }

    private async Task Write(NpgsqlConnection connection, Dictionary<string, (long Version, long Cents)> accounts)
    {
        // A batch without a transaction of its own is one.
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(
                    """
                    insert into raw_account select * from unnest($1::text[], $2::bigint[], $3::bigint[])
                    on conflict (journal) do update
                    set version = excluded.version, balance = raw_account.balance + excluded.balance
                    """)
                {
                    Parameters =
                    {
                        new NpgsqlParameter<string[]> { TypedValue = [.. accounts.Keys] },
                        new NpgsqlParameter<long[]> { TypedValue = [.. accounts.Values.Select(account => account.Version)] },
                        new NpgsqlParameter<long[]> { TypedValue = [.. accounts.Values.Select(account => account.Cents)] },
                    },
                },
                new NpgsqlBatchCommand(
                    """
                    insert into raw_checkpoint select ordinality - 1, position from unnest($1::bigint[]) with ordinality as done (position)
                    on conflict (partition) do update set position = excluded.position
                    """)
                {
                    Parameters = { new NpgsqlParameter<long[]> { TypedValue = [.. _positions] } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync();
    }

    /// <summary>The amount of a deposit.</summary>
    public static long CentsOf(string payload)
    {
        using var document = JsonDocument.Parse(payload);
        var amount = document.RootElement.GetProperty("amount").GetString()!.Split(' ')[0];
        return (long)(decimal.Parse(amount, CultureInfo.InvariantCulture) * 100);
    }
}
