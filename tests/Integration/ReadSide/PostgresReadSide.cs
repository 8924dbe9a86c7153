using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

public sealed class PostgresPushTests : PushTests
{
    protected override ValueTask<TestStore> NewStore() => TestStore.OnPostgres();
}

public sealed class PostgresReadModelTests : ReadModelTests
{
    protected override ValueTask<TestStore> NewStore() => TestStore.OnPostgres();
}

public sealed class PostgresRebuildTests : RebuildTests
{
    protected override ValueTask<TestStore> NewStore() => TestStore.OnPostgres();
}

public sealed class PostgresPullTests : PullTests
{
    protected override ValueTask<TestStore> NewStore() => TestStore.OnPostgres();
}

public sealed class PostgresSubscriptionTests : SubscriptionTests
{
    protected override ValueTask<TestStore> NewStore() => TestStore.OnPostgres();
}

public sealed class PostgresQuarantineTests : QuarantineTests
{
    protected override ValueTask<TestStore> NewStore() => TestStore.OnPostgres();
}

public sealed class PostgresVerifyTests : VerifyTests
{
    protected override ValueTask<TestStore> NewStore() => TestStore.OnPostgres();
}
