using OrleansEs.EventLog.ReadModels;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Integration.Contracts;

namespace OrleansEs.Integration.Stores;

/// <summary>Silos start while others are at work.</summary>
public sealed class PostgresInstallTests
{
    [Fact]
    public async Task A_silo_that_starts_waits_for_no_writer_of_a_read_model_and_stops_none()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var working = await PostgresFixture.Create();
        await using var starting = await PostgresFixture.Open(working.ConnectionString);
        var projection = new AccountsProjection();
        var build = await working.ReadModels.Install(working.Log, projection);

        var committed = await working.ReadModels.Commit(
            new ReadModelPart(build.Name, build.Number, 0), 0, 1,
            async transaction =>
            {
                await using var write = transaction.Connection!.CreateCommand();
                write.CommandText = "lock table accounts_b1_account, accounts_b1_balance in row exclusive mode";
                await write.ExecuteNonQueryAsync(cancellation);
                // The writer is in the middle of its transaction now.
                await starting.ReadModels.Install(starting.Log, projection).WaitAsync(TimeSpan.FromSeconds(10), cancellation);
            });

        Assert.Null(committed);
    }
}
