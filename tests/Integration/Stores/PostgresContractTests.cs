using OrleansEs.Integration.Contracts;

namespace OrleansEs.Integration.Stores;

/// <summary>The contract of the log on PostgreSQL.</summary>
public sealed class PostgresContractTests : EventLogContract
{
    protected override async ValueTask<IStoreFixture> MakeFixture() => await PostgresFixture.Create();
}
