using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

public sealed class SqlitePushTests : PushTests
{
    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}

public sealed class SqliteReadModelTests : ReadModelTests
{
    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}

public sealed class SqliteRebuildTests : RebuildTests
{
    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}

public sealed class SqlitePullTests : PullTests
{
    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}

public sealed class SqliteSubscriptionTests : SubscriptionTests
{
    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}

public sealed class SqliteQuarantineTests : QuarantineTests
{
    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}

public sealed class SqliteVerifyTests : VerifyTests
{
    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}
