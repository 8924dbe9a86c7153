using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.Ledger;

/// <summary>The ledger on SQLite.</summary>
public sealed class SqliteLedger : LedgerFixture
{
    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}

public sealed class SqliteAccountJourneys(SqliteLedger ledger) : AccountJourneys(ledger), IClassFixture<SqliteLedger>;

public sealed class SqliteAuditFeedJourneys(SqliteLedger ledger) : AuditFeedJourneys(ledger), IClassFixture<SqliteLedger>;

public sealed class SqliteQueryJourneys(SqliteLedger ledger) : QueryJourneys(ledger), IClassFixture<SqliteLedger>;

public sealed class SqliteTransferJourneys(SqliteLedger ledger) : TransferJourneys(ledger), IClassFixture<SqliteLedger>;

public sealed class SqliteRecoveryJourneys : RecoveryJourneys
{
    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}

public sealed class SqliteKeyRebuildJourneys : KeyRebuildJourneys
{
    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}
