using System.Collections.Immutable;
using System.Numerics;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Grains.Accounts;

/// <summary>
/// Every rule of an account. Pure. The first reason in this order is the one that is given:
/// the input's form, not found (or exists), closed, frozen, hold, asset, funds, overflow.
/// </summary>
internal static class AccountDecisions
{
    // Whole units; with nine decimals the limit in minor units still fits 128 bits with room to spare.
    public const decimal OverdraftMax = 1_000_000_000_000_000_000m;

    public static Ruling<AccountEvent> Decide(string id, AccountState state, AccountCommand command) =>
        AccountInput.Refusal(command) is { } malformed ? malformed : command switch
        {
            OpenAccount open => Open(id, state, open),
            BarTransfer bar => new TransferBarred(bar.TransferId),
            _ when !state.IsOpened => Refusals.AccountNotFound(id),
            CaptureHold capture => EndHold(id, state, capture.TransferId, a => new HoldCaptured(capture.TransferId, a)),
            ReleaseHold release => EndHold(id, state, release.TransferId, a => new HoldReleased(release.TransferId, a)),
            RevokeCredit revoke => Revoke(id, state, revoke),
            _ when state.Status == AccountStatus.Closed => Refusals.AccountClosed(id),
            UnfreezeAccount => state.Status == AccountStatus.Frozen ? new AccountUnfrozen() : Refusals.AccountNotFrozen(id),
            _ when state.Status == AccountStatus.Frozen => Refusals.AccountFrozen(id),
            FreezeAccount => new AccountFrozen(),
            CloseAccount => Close(id, state),
            Deposit deposit => Add(id, state, deposit.Amount, new AccountDeposited(deposit.Amount, deposit.Memo)),
            Withdraw withdraw => Take(id, state, [withdraw.Amount], new AccountWithdrawn(withdraw.Amount, withdraw.Memo)),
            HoldFunds hold => Hold(id, state, hold),
            CreditFunds credit => Credit(id, state, credit),
            _ => throw new InvalidOperationException($"No rule for {command.GetType().Name}."),
        };

    private static Ruling<AccountEvent> Open(string id, AccountState state, OpenAccount open) =>
        state.IsOpened
            ? Refusals.AccountExists(id)
            : new AccountOpened(open.Owner ?? id, [.. open.Assets.Distinct()], open.Overdraft);

    private static Ruling<AccountEvent> Hold(string id, AccountState state, HoldFunds hold) =>
        state.Holds.ContainsKey(hold.TransferId)
            ? Refusals.HoldExists(id, hold.TransferId)
            : Take(id, state, hold.Amounts, new FundsHeld(hold.TransferId, hold.Amounts));

    // No amounts: the transfer moves nothing here and only asks whether the account is one that could take part.
    private static Ruling<AccountEvent> Credit(string id, AccountState state, CreditFunds credit) =>
        credit.Amounts.Count == 0
            ? Ruling<AccountEvent>.Nothing
            : Add(id, state, credit.Amounts, new AccountCredited(credit.TransferId, credit.Amounts, credit.Memo));

    // What is under way ends on a frozen account too: the freeze stops what is new.
    private static Ruling<AccountEvent> EndHold(
        string id, AccountState state, string transferId, Func<ImmutableArray<Money>, AccountEvent> end) =>
        state.Holds.TryGetValue(transferId, out var amounts) ? end(amounts) : Refusals.HoldNotFound(id, transferId);

    // It may leave a debt, even on an account that was closed in between: the money was never the account's, and refusing
    // would leave it in two places. Only the range of the numbers can stop it.
    private static Ruling<AccountEvent> Revoke(string id, AccountState state, RevokeCredit revoke)
    {
        foreach (var amount in revoke.Amounts)
        {
            if (state.BalanceOf(amount.Asset).Available - amount.MinorUnits < long.MinValue)
                return Refusals.AmountOverflow(id, amount);
        }
        return new CreditRevoked(revoke.TransferId, revoke.Amounts);
    }

    private static Ruling<AccountEvent> Close(string id, AccountState state)
    {
        if (state.Holds.Count > 0)
            return Refusals.AccountNotEmpty(id, $"{state.Holds.Count} hold(s) of transfers under way");
        foreach (var (asset, balance) in state.Balances.OrderBy(entry => entry.Key.ToString(), StringComparer.Ordinal))
        {
            if (balance.Balance != 0)
                return Refusals.AccountNotEmpty(id, new Money(balance.Balance, asset).ToString());
        }
        return new AccountClosed();
    }

    private static Ruling<AccountEvent> Add(
        string id, AccountState state, IReadOnlyList<Money> amounts, AccountEvent @event)
    {
        if (AssetRefusal(id, state, amounts) is { } notAllowed)
            return notAllowed;
        foreach (var amount in amounts)
        {
            if (Overflows(state, amount))
                return Refusals.AmountOverflow(id, amount);
        }
        return @event;
    }

    private static Ruling<AccountEvent> Add(string id, AccountState state, Money amount, AccountEvent @event)
    {
        if (!Takes(state, amount.Asset))
            return Refusals.AssetNotAllowed(id, amount.Asset, state.Assets);
        return Overflows(state, amount) ? Refusals.AmountOverflow(id, amount) : @event;
    }

    private static bool Overflows(AccountState state, Money amount) =>
        (Int128)state.BalanceOf(amount.Asset).Balance + amount.MinorUnits > long.MaxValue;

    private static Ruling<AccountEvent> Take(
        string id, AccountState state, IReadOnlyList<Money> amounts, AccountEvent @event)
    {
        if (AssetRefusal(id, state, amounts) is { } notAllowed)
            return notAllowed;
        foreach (var amount in amounts)
        {
            var available = state.BalanceOf(amount.Asset).Available;
            if (OverdraftInMinorUnits(state, amount.Asset) is { } overdraft && available - amount.MinorUnits < -overdraft)
            {
                return Refusals.InsufficientFunds(
                    id, amount, amount with { MinorUnits = (long)available },
                    amount with { MinorUnits = (long)Int128.Min(overdraft, long.MaxValue) });
            }
            if (available - amount.MinorUnits < long.MinValue
                || (Int128)state.BalanceOf(amount.Asset).Held + amount.MinorUnits > long.MaxValue)
                return Refusals.AmountOverflow(id, amount);
        }
        return @event;
    }

    private static Refusal? AssetRefusal(string id, AccountState state, IReadOnlyList<Money> amounts)
    {
        foreach (var amount in amounts)
        {
            if (!Takes(state, amount.Asset))
                return Refusals.AssetNotAllowed(id, amount.Asset, state.Assets);
        }
        return null;
    }

    private static bool Takes(AccountState state, Asset asset) => state.Assets.IsEmpty || state.Assets.Contains(asset);

    // A fraction of a minor unit cannot be overdrawn: the limit is rounded towards zero.
    private static Int128? OverdraftInMinorUnits(AccountState state, Asset asset) =>
        state.Overdraft is { } wholeUnits
            ? (Int128)(BigInteger)decimal.Truncate(wholeUnits * Asset.MinorUnitsPerWhole(asset.Scale))
            : null;
}
