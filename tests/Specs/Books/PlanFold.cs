using OrleansEs.Client.Books;
using OrleansEs.Ledger;

namespace OrleansEs.Specs.Books;

/// <summary>What the accounts have after a plan, and what they should have.</summary>
internal static class PlanFold
{
    /// <summary>All balances that are not zero, in whole units.</summary>
    public static SortedDictionary<(string Account, string Asset), decimal> Balances(BookPlan plan)
    {
        var balances = new SortedDictionary<(string, string), decimal>();
        foreach (var posting in plan.Transfers.SelectMany(transfer => transfer.Command.Postings))
            Add(balances, posting.AccountId, posting.Amount.Asset, decimal.Parse(
                posting.Amount.ToDecimalText(), System.Globalization.CultureInfo.InvariantCulture));
        return WithoutZeros(balances);
    }

    /// <summary>
    /// What hledger says, in assets; and the account of conversions has on top of its own what is missing to zero.
    /// </summary>
    public static SortedDictionary<(string Account, string Asset), decimal> Expected(
        SortedDictionary<(string Account, string Symbol), decimal> hledger, BookPlan plan)
    {
        var expected = new SortedDictionary<(string, string), decimal>();
        foreach (var ((account, symbol), quantity) in hledger)
        {
            Add(expected, account, plan.Assets[symbol], quantity);
            Add(expected, BookPlanner.ConversionAccount, plan.Assets[symbol], -quantity);
        }
        return WithoutZeros(expected);
    }

    private static void Add(
        SortedDictionary<(string, string), decimal> balances, string account, Asset asset, decimal quantity) =>
        balances[(account, asset.ToString())] = balances.GetValueOrDefault((account, asset.ToString())) + quantity;

    private static SortedDictionary<(string, string), decimal> WithoutZeros(SortedDictionary<(string, string), decimal> balances)
    {
        foreach (var zero in balances.Where(balance => balance.Value == 0).Select(balance => balance.Key).ToArray())
            balances.Remove(zero);
        return balances;
    }
}
