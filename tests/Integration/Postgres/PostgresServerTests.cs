using System.Diagnostics;
using Npgsql;

namespace OrleansEs.Integration.Postgres;

/// <summary>The server that other tests rest on: it is durable, can be broken and mended, and leaves nothing behind.</summary>
public sealed class PostgresServerTests
{
    [Fact]
    public async Task The_shared_server_gives_every_test_an_empty_durable_database()
    {
        var server = await PostgresServer.Shared();
        var first = await server.CreateDatabase();
        Assert.NotEqual(first, await server.CreateDatabase());
        Assert.Equal(0L, await Ask(first, "select count(*) from pg_tables where schemaname = 'public'"));
        Assert.Equal("on", await Ask(first, "show synchronous_commit"));
        Assert.Equal("on", await Ask(first, "show fsync"));
    }

    [Fact]
    public async Task A_server_of_ones_own_comes_back_with_its_data_after_a_kill_a_stop_and_a_pause_and_leaves_nothing_behind()
    {
        var server = await PostgresServer.StartOwn();
        await using (server)
        {
            var database = await server.CreateDatabase();
            await Ask(database, "create table t (c int); insert into t values (7)");
            await server.Kill();
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => Ask(database, "select c from t"));
            await server.Start();
            Assert.Equal(7, await Ask(database, "select c from t"));
            await server.Stop();
            await server.Start();
            Assert.Equal(7, await Ask(database, "select c from t"));

            server.Pause();
            var watch = Stopwatch.StartNew();
            var hung = Ask($"{database};Command Timeout=1;Timeout=1", "select c from t");
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => hung);
            Assert.True(watch.Elapsed > TimeSpan.FromMilliseconds(900), $"it answered after {watch.Elapsed}");
            server.Resume();
            Assert.Equal(7, await Ask(database, "select c from t"));
        }
        Assert.Empty(server.Remains());
    }

    private static async Task<object?> Ask(string database, string sql)
    {
        await using var connection = new NpgsqlConnection($"{database};Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
