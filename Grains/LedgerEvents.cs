using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains;

// The ledger's event types, by aggregate.
internal static class LedgerEvents
{
    // The journals of accounts and of transfers are called so: the names of their grain types, frozen.
    public const string AccountJournals = "account";
    public const string TransferJournals = "transfer";

    public static IReadOnlyCollection<Type> AccountTypes { get; } =
    [
        typeof(AccountOpened), typeof(AccountDeposited), typeof(AccountWithdrawn), typeof(FundsHeld), typeof(HoldCaptured),
        typeof(HoldReleased), typeof(AccountCredited), typeof(CreditRevoked), typeof(TransferBarred), typeof(CommandRefused),
        typeof(AccountFrozen), typeof(AccountUnfrozen), typeof(AccountClosed),
    ];

    public static IReadOnlyCollection<Type> TransferTypes { get; } =
    [
        typeof(TransferCreated), typeof(TransferHeld), typeof(TransferCredited), typeof(TransferCompleted),
        typeof(TransferRefused), typeof(TransferFailed),
    ];
}
