using OrleansEs.Integration.Contracts;

namespace OrleansEs.Integration.Stores;

/// <summary>The contract of the log on SQLite.</summary>
public sealed class SqliteContractTests : EventLogContract
{
    protected override ValueTask<IStoreFixture> MakeFixture() => ValueTask.FromResult<IStoreFixture>(new SqliteFixture());
}
