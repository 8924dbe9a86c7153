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

public sealed class SqliteImportJourneys(SqliteLedger ledger) : ImportJourneys(ledger), IClassFixture<SqliteLedger>;

public sealed class SqliteTransferJourneys(SqliteLedger ledger) : TransferJourneys(ledger), IClassFixture<SqliteLedger>;

/// <summary>Many accounts on SQLite.</summary>
public sealed class SqliteManyAccounts : LedgerFixture
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ManyAccounts.Fill(NewScope());
    }

    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}

public sealed class SqlitePagingJourneys(SqliteManyAccounts ledger) : PagingJourneys(ledger), IClassFixture<SqliteManyAccounts>;

public sealed class SqliteQueryPlanJourneys(SqliteManyAccounts ledger)
    : QueryPlanJourneys(ledger), IClassFixture<SqliteManyAccounts>;

public sealed class SqliteRecoveryJourneys : RecoveryJourneys
{
    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}

public sealed class SqliteKeyRebuildJourneys : KeyRebuildJourneys
{
    protected override ValueTask<TestStore> NewStore() => ValueTask.FromResult(TestStore.OnSqlite());
}
