using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.Ledger;

/// <summary>The ledger on PostgreSQL.</summary>
public sealed class PostgresLedger : LedgerFixture
{
    protected override ValueTask<TestStore> NewStore() => TestStore.OnPostgres();
}

public sealed class PostgresAccountJourneys(PostgresLedger ledger) : AccountJourneys(ledger), IClassFixture<PostgresLedger>;

public sealed class PostgresAuditFeedJourneys(PostgresLedger ledger) : AuditFeedJourneys(ledger), IClassFixture<PostgresLedger>;

public sealed class PostgresQueryJourneys(PostgresLedger ledger) : QueryJourneys(ledger), IClassFixture<PostgresLedger>;

public sealed class PostgresImportJourneys(PostgresLedger ledger) : ImportJourneys(ledger), IClassFixture<PostgresLedger>;

public sealed class PostgresTransferJourneys(PostgresLedger ledger) : TransferJourneys(ledger), IClassFixture<PostgresLedger>;

/// <summary>Many accounts on PostgreSQL.</summary>
public sealed class PostgresManyAccounts : LedgerFixture
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ManyAccounts.Fill(NewScope());
    }

    protected override ValueTask<TestStore> NewStore() => TestStore.OnPostgres();
}

public sealed class PostgresPagingJourneys(PostgresManyAccounts ledger)
    : PagingJourneys(ledger), IClassFixture<PostgresManyAccounts>;

public sealed class PostgresQueryPlanJourneys(PostgresManyAccounts ledger)
    : QueryPlanJourneys(ledger), IClassFixture<PostgresManyAccounts>;

public sealed class PostgresRecoveryJourneys : RecoveryJourneys
{
    protected override ValueTask<TestStore> NewStore() => TestStore.OnPostgres();
}

public sealed class PostgresKeyRebuildJourneys : KeyRebuildJourneys
{
    protected override ValueTask<TestStore> NewStore() => TestStore.OnPostgres();
}
