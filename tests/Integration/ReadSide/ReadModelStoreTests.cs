using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Contracts;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

public sealed class ReadModelStoreTests
{
    private static readonly ReadModelPart Part = new("tally", 1, 0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_are_never_there_without_their_checkpoint_nor_the_checkpoint_without_its_rows()
    {
        await using var store = new SqliteFixture();
        var build = await store.ReadModels.Install(store.Log, new TallyProjection());

        await Assert.ThrowsAsync<InvalidOperationException>(() => store.ReadModels.Commit(
            Part, 0, 5,
            async transaction =>
            {
                await InsertRow(transaction);
                throw new InvalidOperationException("crash between the rows and the end");
            }));

        Assert.Equal(0, await store.ReadModels.Position(Part));
        Assert.Empty(await store.ReadModels.Query(
            connection => ReadSideHost.ReadRows(new ReadModelRows(connection, build.Tables, build.Version)), Cancellation));
    }

    [Fact]
    public async Task Of_two_owners_that_start_from_one_checkpoint_only_one_applies()
    {
        await using var store = new SqliteFixture();
        var build = await store.ReadModels.Install(store.Log, new TallyProjection());

        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            store.ReadModels.Commit(Part, 0, 1, InsertRow)));

        Assert.Single(found, checkpoint => checkpoint is null);
        Assert.All(found.Where(checkpoint => checkpoint is not null), checkpoint => Assert.Equal(1, checkpoint));
        Assert.Single(await store.ReadModels.Query(
            connection => ReadSideHost.ReadRows(new ReadModelRows(connection, build.Tables, build.Version)), Cancellation));
    }

    private static async ValueTask InsertRow(System.Data.Common.DbTransaction transaction)
    {
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "insert into tally_b1_tally (journal, count, sum, fold) values ('test/x', 1, 1, 1)";
        await command.ExecuteNonQueryAsync();
    }
}
