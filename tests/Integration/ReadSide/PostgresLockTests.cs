using System.Data.Common;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Contracts;
using OrleansEs.Integration.Postgres;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>Whoever changes the tables of read models, and whoever writes or reads them, wait for each other and get done.</summary>
public sealed class PostgresLockTests
{
    // As long as a test may take: in between it stops others at a lock.
    private const string Patient =
        "-c lock_timeout=20000 -c statement_timeout=20000 -c idle_in_transaction_session_timeout=20000";

    private static readonly ReadModelPart s_built = new("tally", 2, 0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_build_is_dropped_after_the_commit_of_its_rows_that_is_under_way()
    {
        await using var stores = await Open(await Database());
        var builds = stores.ReadModels.Builds(stores.Log, new TallyProjection());
        await builds.Install(Cancellation);
        Assert.Equal(2, (await builds.Begin("tally", null, Cancellation)).Number);
        var (entered, go) = (NewGate(), NewGate());
        var committing = stores.ReadModels.Commit(
            s_built, 0, 1,
            async transaction =>
            {
                entered.SetResult();
                await go.Task;
                await Execute(transaction, "insert into tally_b2_tally (journal, count, sum, fold) values ('test/x', 1, 1, 1)");
            });
        await entered.Task;

        var dropping = builds.Drop("tally", 2, Cancellation);
        await SomebodyWaits(stores);
        go.SetResult();

        Assert.Null(await committing);
        Assert.True(await dropping);
        await Assert.ThrowsAsync<ReadModelGoneException>(() => stores.ReadModels.Position(s_built));
    }

    [Fact]
    public async Task A_change_that_the_server_ends_for_being_in_somebodys_way_is_done_again()
    {
        var database = await Database();
        // The first of the two looks for what is in its way, and the other one has that long to get there.
        await using var changing = await Open(database, "-c deadlock_timeout=2000");
        await using var writing = await Open(database, "-c deadlock_timeout=20000");
        await changing.ReadModels.Install(changing.Log, new TallyProjection());
        var (written, changed, tries) = (NewGate(), NewGate(), 0);

        var change = changing.ReadModels.Change(
            async transaction =>
            {
                tries++;
                await Touch(transaction, partition: 1);
                changed.TrySetResult();
                await written.Task;
                return await Touch(transaction, partition: 0);
            },
            Cancellation);
        var write = writing.ReadModels.Write(
            async transaction =>
            {
                await Touch(transaction, partition: 0);
                await changed.Task;
                written.SetResult();
                await SomebodyWaits(changing);
                return await Touch(transaction, partition: 1);
            },
            Cancellation);

        Assert.Equal((1, 1), (await write, await change));
        Assert.Equal(2, tries);
    }

    [Fact]
    public async Task A_query_that_the_server_ends_for_being_in_the_way_of_a_change_is_asked_again()
    {
        var database = await Database();
        await using var changing = await Open(database, "-c deadlock_timeout=20000");
        await using var reading = await Open(database, "-c deadlock_timeout=2000");
        await changing.ReadModels.Install(changing.Log, new TallyProjection());
        var (read, locked, tries) = (NewGate(), NewGate(), 0);

        var query = reading.ReadModels.Query(
            async connection =>
            {
                tries++;
                await Count(connection, "read_model_parked");
                read.TrySetResult();
                await locked.Task;
                return await Count(connection, "tally_b1_tally");
            },
            Cancellation);
        var change = changing.ReadModels.Change(
            async transaction =>
            {
                await Execute(transaction, "lock table tally_b1_tally in access exclusive mode");
                await read.Task;
                locked.SetResult();
                await SomebodyWaits(changing);
                return await Execute(transaction, "lock table read_model_parked in access exclusive mode");
            },
            Cancellation);

        await change;
        Assert.Equal(0, await query);
        Assert.Equal(2, tries);
    }

    private static async Task<string> Database() => await (await PostgresServer.Shared()).CreateDatabase();

    private static ValueTask<PostgresFixture> Open(string database, string options = "") =>
        PostgresFixture.Open($"{database};Options={Patient} {options}");

    private static Task<TimeSpan> SomebodyWaits(PostgresFixture stores) => Eventually.Holds(
        () => stores.ReadModels.Query(
            async connection => await Scalar(connection.Command(
                """
                select count(*)
                from pg_locks l
                join pg_stat_activity a using (pid)
                where a.datname = current_database() and not l.granted and l.locktype in ('relation', 'transactionid', 'tuple')
                """)) > 0,
            Cancellation),
        ReadSideHost.Long, "somebody waits for a lock");

    private static ValueTask<int> Touch(DbTransaction transaction, int partition) => Execute(
        transaction,
        $"update read_model_checkpoint set updated_at = updated_at + 1 where read_model = 'tally' and partition = {partition}");

    private static async ValueTask<int> Execute(DbTransaction transaction, string sql)
    {
        await using var command = transaction.Command(sql);
        return await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static Task<long> Count(DbConnection connection, string table) =>
        Scalar(connection.Command($"select count(*) from {table}"));

    private static async Task<long> Scalar(DbCommand command)
    {
        await using (command)
            return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private static TaskCompletionSource NewGate() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
