using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Grains.Accounts;

// The form of what comes in, checked before any rule: what came over the wire need not have been parsed by our client.
internal static class AccountInput
{
    // An account that takes more has no list: it takes all. A posting list is bounded by the transfer's own limit.
    private const int AssetsMax = 1_000;

    public static Refusal? Refusal(AccountCommand? command) => command switch
    {
        OpenAccount open => Open(open),
        Deposit deposit => Memo(deposit.Memo) ?? Amount(deposit.Amount),
        Withdraw withdraw => Memo(withdraw.Memo) ?? Amount(withdraw.Amount),
        HoldFunds hold => Transfer(hold.TransferId) ?? SomeAmounts(hold.Amounts),
        CreditFunds credit => Transfer(credit.TransferId) ?? Memo(credit.Memo) ?? Amounts(credit.Amounts),
        RevokeCredit revoke => Transfer(revoke.TransferId) ?? SomeAmounts(revoke.Amounts),
        CaptureHold capture => Transfer(capture.TransferId),
        ReleaseHold release => Transfer(release.TransferId),
        BarTransfer bar => Transfer(bar.TransferId),
        null => Refusals.InvalidInput("There is no command."),
        _ => null,
    };

    private static Refusal? Open(OpenAccount open)
    {
        if (open.Owner is not null && LedgerText.OwnerRefusal(open.Owner) is { } ownerReason)
            return Refusals.InvalidInput(ownerReason);
        if (open.Assets is null || open.Assets.Count > AssetsMax)
            return Refusals.InvalidInput($"An account lists at most {AssetsMax} assets; an empty list means all.");
        foreach (var asset in open.Assets)
        {
            if (!asset.IsValid)
                return Refusals.InvalidInput(
                    $"'{LedgerText.Shown(asset.ToString())}' is no asset; one looks like EUR or VBMPX/3.");
        }
        return open.Overdraft is { } overdraft && overdraft is < 0 or > AccountDecisions.OverdraftMax
            ? Refusals.InvalidInput($"The overdraft {open.Overdraft} is not between 0 and {AccountDecisions.OverdraftMax}.")
            : null;
    }

    private static Refusal? Transfer(string? transferId) =>
        LedgerId.TryParse(transferId, out var reason) ? null : Refusals.InvalidInput(reason);

    private static Refusal? Memo(string? memo) =>
        LedgerText.MemoRefusal(memo) is { } reason ? Refusals.InvalidInput(reason) : null;

    private static Refusal? SomeAmounts(IReadOnlyList<Money>? amounts) =>
        amounts is null or { Count: 0 } ? Refusals.InvalidInput("There are no amounts.") : Amounts(amounts);

    private static Refusal? Amount(Money amount)
    {
        if (!amount.Asset.IsValid)
            return Refusals.InvalidInput(
                $"'{LedgerText.Shown(amount.Asset.ToString())}' is no asset; one looks like EUR or VBMPX/3.");
        return amount.MinorUnits <= 0 ? Refusals.AmountNotPositive(amount) : null;
    }

    private static Refusal? Amounts(IReadOnlyList<Money>? amounts)
    {
        if (amounts is null)
            return Refusals.InvalidInput("There are no amounts.");
        var seen = amounts.Count > 1 ? new HashSet<Asset>() : null;
        foreach (var amount in amounts)
        {
            if (Amount(amount) is { } refusal)
                return refusal;
            if (seen?.Add(amount.Asset) == false)
                return Refusals.InvalidInput($"The asset {amount.Asset} is named twice.");
        }
        return null;
    }
}
