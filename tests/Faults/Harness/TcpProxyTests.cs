using Npgsql;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Harness;

/// <summary>The proxy does what the fault tests rely on.</summary>
public sealed class TcpProxyTests
{
    private const string Append = "insert into log_event (c) values ($1)";

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_cut_after_the_commit_breaks_the_answer_and_not_the_commit(bool prepared, bool inTransaction)
    {
        var database = await Database();
        await using var proxy = TcpProxy.Before(database);
        var plan = new CutPlan(CutPoint.AfterCommit, seed: 1, probability: 1);
        proxy.Cut(plan);
        Assert.NotNull(await Record.ExceptionAsync(() => Insert(proxy.ConnectionString, 1, prepared, inTransaction)));
        Assert.Equal((1, 1L), (plan.Cuts, await Count(database)));

        proxy.Cut(new CutPlan(CutPoint.AfterCommit, seed: 1, probability: 0));
        await Insert(proxy.ConnectionString, 2, prepared, inTransaction);
        Assert.Equal(2L, await Count(database));
    }

    [Fact]
    public async Task A_cut_before_forwarding_leaves_nothing_in_the_log()
    {
        var database = await Database();
        await using var proxy = TcpProxy.Before(database);
        var plan = new CutPlan(CutPoint.BeforeForwarding, seed: 1, probability: 1);
        proxy.Cut(plan);
        Assert.NotNull(await Record.ExceptionAsync(() => Insert(proxy.ConnectionString, 1, prepared: true, inTransaction: false)));
        Assert.Equal((1, 0L), (plan.Cuts, await Count(database)));
    }

    [Fact]
    public async Task Connections_are_dropped_refused_and_hung()
    {
        var database = await Database();
        await using var proxy = TcpProxy.Before(database);
        await using var connection = new NpgsqlConnection(proxy.ConnectionString + ";Pooling=false;Command Timeout=1");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        proxy.Hang();
        var hung = Ask(connection);
        Assert.NotSame(hung, await Task.WhenAny(hung, PeriodicTick()));
        proxy.Resume();
        Assert.Equal(1, await hung);
        proxy.Drop();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => Ask(connection));
        await proxy.Refuse();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => Count(proxy.ConnectionString));
        proxy.Welcome();
        Assert.Equal(0L, await Count(proxy.ConnectionString));
    }

    private static async Task PeriodicTick()
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        await tick.WaitForNextTickAsync();
    }

    private static async Task<string> Database()
    {
        var server = await PostgresServer.Shared();
        var database = await server.CreateDatabase();
        await using var source = NpgsqlDataSource.Create(database + ";Pooling=false");
        await using var create = source.CreateCommand("create table log_event (c int)");
        await create.ExecuteNonQueryAsync();
        return database;
    }

    private static async Task<object?> Ask(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select 1", connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<long> Count(string database)
    {
        await using var source = NpgsqlDataSource.Create(database + ";Pooling=false");
        await using var command = source.CreateCommand("select count(*) from log_event");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Insert(string database, int value, bool prepared, bool inTransaction)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var transaction = inTransaction ? await connection.BeginTransactionAsync() : null;
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("select 1"),
                new NpgsqlBatchCommand(Append) { Parameters = { new NpgsqlParameter<int> { TypedValue = value } } },
            },
        };
        if (prepared)
            await batch.PrepareAsync();
        await batch.ExecuteNonQueryAsync();
        if (transaction is not null)
            await transaction.CommitAsync();
    }
}
