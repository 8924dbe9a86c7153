using Npgsql;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Benchmarks.Frame;

/// <summary>
/// Empty databases, each for one measurement: on the server that was named, else on a private one that is as durable as in
/// production and ends with this program.
/// </summary>
internal sealed class Databases(string? given) : IAsyncDisposable
{
    private PostgresServer? _server;
    private string? _admin;

    /// <summary>How to connect as the administrator.</summary>
    public async Task<string> Admin()
    {
        if (_admin is not null)
            return _admin;
        if (given is null)
        {
            if (PostgresInstallation.Find() is { Found: null, Reason: var reason })
                throw new NotSupportedException($"{reason}; or name a server by --postgres.");
            _server = await PostgresServer.StartOwn();
        }
        var name = _server is null ? given! : new NpgsqlConnectionStringBuilder(await _server.CreateDatabase()).ConnectionString;
        return _admin = new NpgsqlConnectionStringBuilder(name) { Pooling = false }.ConnectionString;
    }

    /// <summary>Makes an empty database.</summary>
    public async Task<string> Create()
    {
        var name = $"orleanses_bench_{Guid.NewGuid():N}";
        await Execute($"create database {name}");
        return new NpgsqlConnectionStringBuilder(await Admin()) { Database = name, Pooling = true }.ConnectionString;
    }

    /// <summary>Drops a database that <see cref="Create"/> made, and cleans up, so that the next measurement begins alike.</summary>
    public async Task Drop(string connection)
    {
        await Execute($"drop database {new NpgsqlConnectionStringBuilder(connection).Database} with (force)");
        await Execute("checkpoint");
    }

    /// <summary>
    /// The first process of the server, the parent of all others, null when it is not on this machine; and how many bytes it has
    /// ever written to its write-ahead log.
    /// </summary>
    public async Task<(int? Postmaster, double WalBytes)> Server()
    {
        await using var connection = new NpgsqlConnection(await Admin());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "select pg_backend_pid(), (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8", connection);
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return (ProcessorTime.ParentOf(row.GetInt32(0), "postgres"), row.GetDouble(1));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private async Task Execute(string sql)
    {
        await using var source = NpgsqlDataSource.Create(await Admin());
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync();
    }
}
