using Npgsql;
using OrleansEs.Benchmarks.Frame;
using OrleansEs.EventLog;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>A database with our log's tables and nobody's code in front of it.</summary>
internal sealed class RawPostgres : IAsyncDisposable
{
    private readonly Bench _bench;

    private RawPostgres(Bench bench, string connection, NpgsqlDataSource source) =>
        (_bench, Connection, Source) = (bench, connection, source);

    /// <summary>How to connect to it.</summary>
    public string Connection { get; }

    /// <summary>Its connections. Statements are prepared by themselves when they are used again.</summary>
    public NpgsqlDataSource Source { get; }

    public static async Task<RawPostgres> Create(Bench bench)
    {
        var connection = await bench.Databases.Create();
        var raw = new RawPostgres(bench, connection, NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection)
        {
            MaxPoolSize = 100, MaxAutoPrepare = 16, AutoPrepareMinUsages = 2,
        }));
        await using var schema = raw.Source.CreateCommand(EmbeddedSql.Read("Postgres.Schema.sql"));
        await schema.ExecuteNonQueryAsync();
        await using var partitions = raw.Source.CreateCommand(
            $"insert into log_partition select number, 0, 0 from generate_series(0, {RawLog.Partitions - 1}) as number");
        await partitions.ExecuteNonQueryAsync();
        return raw;
    }

    /// <summary>What is stored of each journal.</summary>
    public async Task<IReadOnlyDictionary<string, Stored>> Read()
    {
        await using var connection = await Source.OpenConnectionAsync();
        return await LogCheck.Read(connection, heads: false);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await _bench.Databases.Drop(Connection);
    }
}
