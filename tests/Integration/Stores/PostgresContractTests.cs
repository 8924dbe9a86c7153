using OrleansEs.Integration.Contracts;

namespace OrleansEs.Integration.Stores;

/// <summary>The contract of the log on PostgreSQL.</summary>
public sealed class PostgresContractTests : EventLogContract
{
    protected override async ValueTask<IStoreFixture> MakeFixture() => await PostgresFixture.Create();
}

/// <summary>The same where a silo builds on what it remembers at once.</summary>
public sealed class PostgresMemoryContractTests : EventLogContract
{
    protected override async ValueTask<IStoreFixture> MakeFixture() => await PostgresFixture.Create(trustAfter: 0);
}

/// <summary>The same where two silos write in turn, so that what each remembers is out of date nearly always.</summary>
public sealed class PostgresOutdatedMemoryContractTests : EventLogContract
{
    protected override async ValueTask<IStoreFixture> MakeFixture() => await TakingTurnsFixture.Create();
}
