using System.Data.Common;
using Npgsql;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Contracts;
using OrleansEs.Integration.Postgres;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>What a batch of statements sees on PostgreSQL, without a transaction around it.</summary>
public sealed class PostgresMomentTests
{
    private const int Gate = 4711;

    private static readonly ReadModelPart s_part = new("tally", 1, 0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_statements_of_a_query_see_the_moment_of_the_first_whatever_is_committed_meanwhile()
    {
        var database = await (await PostgresServer.Shared()).CreateDatabase();
        // As long as the test may take: in between it stops a query at a lock.
        await using var stores = await PostgresFixture.Open($"{database};Options=-c lock_timeout=20000 -c statement_timeout=20000");
        var build = await stores.ReadModels.Install(stores.Log, new TallyProjection());
        await using var gatekeeper = NpgsqlDataSource.Create(database);
        await using var gate = await gatekeeper.OpenConnectionAsync(Cancellation);
        await Execute(gate, $"select pg_advisory_lock({Gate})");
        var query = new ReadModelQuery<(long, long, long)>(async results =>
        {
            var before = await results.Next(row => row.GetInt64(0));
            await results.Next(_ => true);
            var after = await results.Next(row => (row.GetInt64(0), row.GetInt64(1)));
            return (before[0], after[0].Item1, after[0].Item2);
        })
            .Add("select count(*) from {tally}")
            .Add($"select pg_advisory_xact_lock_shared({Gate})")
            .Add("""
                select count(*), (
                  select position from read_model_checkpoint where read_model = @name and build = 1 and partition = 0)
                from {tally}
                """)
            .Bind("@name", s_part.Name);

        Task<(long, long, long)> Ask() => stores.ReadModels.QueryBatch(
            connection => new ReadModelRows(connection, build.Tables, build.Version).Read(query, Cancellation), Cancellation);
        var asked = Ask();
        await Eventually.Holds(
            async () => await Execute(gate, $"select count(*) from pg_locks where objid = {Gate} and not granted") == 1,
            ReadSideHost.Long, "the query waits in its second statement");
        Assert.Null(await stores.ReadModels.Commit(s_part, 0, 1, InsertRow));
        await Execute(gate, $"select pg_advisory_unlock({Gate})");

        Assert.Equal((0, 0, 0), await asked);
        Assert.Equal((1, 1, 1), await Ask());
    }

    private static async ValueTask InsertRow(DbTransaction transaction)
    {
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "insert into tally_b1_tally (journal, count, sum, fold) values ('test/x', 1, 1, 1)";
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task<long> Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancellation) is long number ? number : 0;
    }
}
