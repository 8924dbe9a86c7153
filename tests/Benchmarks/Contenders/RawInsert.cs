using Npgsql;
using NpgsqlTypes;
using OrleansEs.Benchmarks.Frame;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>The floor: one prepared insert, one transaction and one commit for each command, over pooled connections.</summary>
internal sealed class RawInsert(RawPostgres database) : IDepositor
{
    private readonly RawLog _log = new();

    public IReadOnlyList<int> Processes => [];

    public static async Task<IDepositor> Start(Bench bench) =>
        new RawInsert(await RawPostgres.Create(bench));

    public Task Deposit(int account, long cents) => Insert(database.Source, _log.Next(account, cents));

    /// <summary>Writes one event, and returns after the commit.</summary>
    public static async Task Insert(NpgsqlDataSource source, RawRow row)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            $"insert into log_event ({RawRow.Columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", connection)
        {
            Parameters =
            {
                new NpgsqlParameter<int> { TypedValue = row.Partition },
                new NpgsqlParameter<long> { TypedValue = row.Position },
                new NpgsqlParameter<string> { TypedValue = row.Journal },
                new NpgsqlParameter<long> { TypedValue = row.Version },
                new NpgsqlParameter<Guid> { TypedValue = row.CommandId },
                new NpgsqlParameter<int> { TypedValue = 0 },
                new NpgsqlParameter<string> { TypedValue = RawRow.Type },
                new NpgsqlParameter<int> { TypedValue = 1 },
                new NpgsqlParameter<string> { TypedValue = "json" },
                new NpgsqlParameter<string> { TypedValue = row.Payload },
                new NpgsqlParameter<string> { TypedValue = row.Metadata, NpgsqlDbType = NpgsqlDbType.Json },
                new NpgsqlParameter<long> { TypedValue = row.RecordedAt },
            },
        };
        await command.ExecuteNonQueryAsync();
    }

    public async Task<IReadOnlyList<Stored>?> Read() => _log.InOrder(await database.Read());

    public ValueTask DisposeAsync() => database.DisposeAsync();
}
