using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Grains.ReadModels;

// What a batch of events changes in the read model of accounts, summed up in memory.
internal sealed class AccountChanges
{
    public Dictionary<string, AccountChange> Accounts { get; } = new(StringComparer.Ordinal);

    public Dictionary<(string AccountId, Asset Asset), BalanceChange> Balances { get; } = [];

    public void Add(ProjectedEvent projected)
    {
        var committed = projected.Committed;
        var id = committed.Journal.Key;
        var isOfBalances = false;
        foreach (var effect in Effects.Of(projected.Content))
        {
            Add(id, effect, committed);
            isOfBalances = true;
        }
        var (opened, status) = (projected.Content as AccountOpened, StatusAfter(projected.Content));
        if (isOfBalances && opened is null && status is null)
            return;
        var before = Accounts.GetValueOrDefault(id);
        Accounts[id] = new AccountChange(opened ?? before.Opened, status ?? before.Status, committed.Version, committed.At);
    }

    private void Add(string id, Effect effect, CommittedEvent committed)
    {
        var asset = effect.Amount.Asset;
        var minorUnits = (Int128)effect.Amount.MinorUnits;
        var change = effect.OnBalance * minorUnits;
        var before = Balances.GetValueOrDefault((id, asset));
        Balances[(id, asset)] = new BalanceChange(
            before.Balance + change, before.Held + (effect.OnHeld * minorUnits),
            before.World - (effect.WithWorld ? change : 0), before.Transit - (effect.WithWorld ? 0 : change),
            committed.Version, committed.At.Position);
    }

    private static AccountStatus? StatusAfter(object? content) => content switch
    {
        AccountOpened or AccountUnfrozen => AccountStatus.Open,
        AccountFrozen => AccountStatus.Frozen,
        AccountClosed => AccountStatus.Closed,
        _ => null,
    };
}

// The last of a batch for one account, but for what changes balances.
internal readonly record struct AccountChange(AccountOpened? Opened, AccountStatus? Status, long Version, LogPosition Last);

// What a batch adds to one account in one asset, and to what it has got from the outside world and from transfers under way; and the
// last event that does.
internal readonly record struct BalanceChange(
    Int128 Balance, Int128 Held, Int128 World, Int128 Transit, long Version, long Position);

// What an event does with one amount: signs on the balance and on what is held, and who the counterpart is.
internal readonly record struct Effect(Money Amount, int OnBalance, int OnHeld, bool WithWorld);

internal static class Effects
{
    public static IEnumerable<Effect> Of(object? content) => content switch
    {
        AccountDeposited deposited => [new Effect(deposited.Amount, 1, 0, WithWorld: true)],
        AccountWithdrawn withdrawn => [new Effect(withdrawn.Amount, -1, 0, WithWorld: true)],
        FundsHeld held => Each(held.Amounts, 0, 1),
        HoldReleased released => Each(released.Amounts, 0, -1),
        HoldCaptured captured => Each(captured.Amounts, -1, -1),
        AccountCredited credited => Each(credited.Amounts, 1, 0),
        CreditRevoked revoked => Each(revoked.Amounts, -1, 0),
        _ => [],
    };

    private static IEnumerable<Effect> Each(IReadOnlyList<Money> amounts, int onBalance, int onHeld) =>
        amounts.Select(amount => new Effect(amount, onBalance, onHeld, WithWorld: false));
}
