using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.Hosting;
using OrleansEs.Grains.Bulk;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Grains.Transfers;

namespace OrleansEs.Grains.Hosting;

/// <summary>Adds the ledger to a silo.</summary>
public static class LedgerSiloBuilderExtensions
{
    /// <summary>
    /// Adds the ledger to a silo that has the log: its event types, its read models, its queries, and the recovery of
    /// transfers that nobody drives.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configureRecovery">Changes the settings of the recovery.</param>
    public static ISiloBuilder AddLedger(this ISiloBuilder silo, Action<TransferRecoveryOptions>? configureRecovery = null)
    {
        silo.Services.AddEventTypes(AddEventTypes);
        silo.Services
            .AddReadModel<AccountsProjection>()
            .AddReadModel<StatementsProjection>()
            .AddReadModel<TransfersProjection>()
            .AddReadModel<AuditProjection>();
        silo.Services.AddOptions<TransferRecoveryOptions>().Configure(options => configureRecovery?.Invoke(options));
        silo.Services.AddSingleton<TransfersUnderWay>();
        silo.Services.AddSingleton<ImportLog>();
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, TransferRecoveryStartup>();
        return silo;
    }

    // The names in the log: frozen. A new shape is a new version beside the old one.
    private static void AddEventTypes(EventTypesBuilder types) => types
        .Add("account.opened", 1, LedgerJson.Frozen.AccountOpened)
        .Add("account.deposited", 1, LedgerJson.Frozen.AccountDeposited)
        .Add("account.withdrawn", 1, LedgerJson.Frozen.AccountWithdrawn)
        .Add("account.funds-held", 1, LedgerJson.Frozen.FundsHeld)
        .Add("account.hold-captured", 1, LedgerJson.Frozen.HoldCaptured)
        .Add("account.hold-released", 1, LedgerJson.Frozen.HoldReleased)
        .Add("account.credited", 1, LedgerJson.Frozen.AccountCredited)
        .Add("account.credit-revoked", 1, LedgerJson.Frozen.CreditRevoked)
        .Add("account.transfer-barred", 1, LedgerJson.Frozen.TransferBarred)
        .Add("account.command-refused", 1, LedgerJson.Frozen.CommandRefused)
        .Add("account.frozen", 1, LedgerJson.Frozen.AccountFrozen)
        .Add("account.unfrozen", 1, LedgerJson.Frozen.AccountUnfrozen)
        .Add("account.closed", 1, LedgerJson.Frozen.AccountClosed)
        .Add("transfer.created", 1, LedgerJson.Frozen.TransferCreated)
        .Add("transfer.held", 1, LedgerJson.Frozen.TransferHeld)
        .Add("transfer.credited", 1, LedgerJson.Frozen.TransferCredited)
        .Add("transfer.completed", 1, LedgerJson.Frozen.TransferCompleted)
        .Add("transfer.refused", 1, LedgerJson.Frozen.TransferRefused)
        .Add("transfer.failed", 1, LedgerJson.Frozen.TransferFailed);
}
