using OrleansEs.Grains.Accounts;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Specs.Accounts;

/// <summary>The words of the account specs: amounts in cents of a euro where nothing else is said.</summary>
internal static class AccountScenario
{
    public const string Id = "alice";
    public static readonly Asset Eur = Asset.Parse("EUR");
    public static readonly Asset Usd = Asset.Parse("USD");

    public static Given<AccountState, AccountCommand, AccountEvent> Given(params AccountEvent[] events) => new(
        AccountState.Initial,
        (state, @event) => state.Evolve(@event),
        (state, command) => AccountDecisions.Decide(Id, state, command),
        events);

    public static Money Cents(long minorUnits) => new(minorUnits, Eur);

    public static AccountOpened Opened(decimal? overdraft = 0, params Asset[] assets) => new("Alice", assets, overdraft);

    public static AccountDeposited Deposited(long cents) => new(Cents(cents), null);

    public static AccountWithdrawn Withdrawn(long cents) => new(Cents(cents), null);

    public static FundsHeld Held(string transferId, long cents) => new(transferId, [Cents(cents)]);

    public static HoldCaptured Captured(string transferId, long cents) => new(transferId, [Cents(cents)]);

    public static HoldReleased Released(string transferId, long cents) => new(transferId, [Cents(cents)]);

    public static AccountCredited Credited(string transferId, long cents) => new(transferId, [Cents(cents)], null);

    public static CreditRevoked Revoked(string transferId, long cents) => new(transferId, [Cents(cents)]);

    public static AccountFrozen Frozen() => new();

    public static AccountUnfrozen Unfrozen() => new();

    public static AccountClosed Closed() => new();

    public static OpenAccount Open(decimal? overdraft = 0, params Asset[] assets) => new("Alice", assets, overdraft);

    public static Deposit Deposit(long cents) => new(Cents(cents), null);

    public static Withdraw Withdraw(long cents) => new(Cents(cents), null);

    public static HoldFunds Hold(string transferId, params long[] cents) => new(transferId, [.. cents.Select(Cents)]);

    public static CaptureHold Capture(string transferId) => new(transferId);

    public static ReleaseHold Release(string transferId) => new(transferId);

    public static CreditFunds Credit(string transferId, params long[] cents) => new(transferId, [.. cents.Select(Cents)], null);

    public static RevokeCredit Revoke(string transferId, long cents) => new(transferId, [Cents(cents)]);

    public static BarTransfer Bar(string transferId) => new(transferId);

    public static FreezeAccount Freeze() => new();

    public static UnfreezeAccount Unfreeze() => new();

    public static CloseAccount Close() => new();
}
