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

    /// <summary>The balances after a plan are hledger's, but for what had to be rounded.</summary>
    public static void AssertAgrees(
        BookPlan plan, SortedDictionary<(string Account, string Symbol), decimal> hledger, string text)
    {
        var (expected, actual, roundings) = (Expected(hledger, plan), Balances(plan), Roundings(text, plan));
        foreach (var key in expected.Keys.Union(actual.Keys))
        {
            var (theirs, ours) = (expected.GetValueOrDefault(key), actual.GetValueOrDefault(key));
            Assert.True(
                Math.Abs(theirs - ours) <= roundings.GetValueOrDefault(key),
                $"{key}: hledger has {theirs}, we have {ours}\n{text}");
        }
    }

    /// <summary>
    /// By how much a balance may differ from hledger's: half a minor unit for each amount that is not written and has more
    /// decimals than its asset; on the account, on those above it (whose inclusive assignments make up for it), and among the
    /// conversions. Nothing where all is written.
    /// </summary>
    private static Dictionary<(string Account, string Asset), decimal> Roundings(string text, BookPlan plan)
    {
        var roundings = new Dictionary<(string, string), decimal>();
        foreach (var posting in BookResolver.Resolve(BookParser.Parse(text, "book").Book!).Transactions!
            .SelectMany(transaction => transaction.Postings).Where(posting => posting.IsInferred))
            foreach (var amount in posting.Amounts.Where(amount => !amount.Quantity.IsZero))
            {
                var asset = plan.Assets[amount.Commodity];
                if (amount.Quantity.PlacesNeeded <= asset.Scale)
                    continue;
                var parts = AccountNames.FromBook(posting.Source.Account).Split(':');
                var accounts = Enumerable.Range(1, parts.Length).Select(count => string.Join(':', parts.Take(count)));
                foreach (var account in accounts.Append(BookPlanner.ConversionAccount).Distinct())
                    roundings[(account, asset.ToString())] =
                        roundings.GetValueOrDefault((account, asset.ToString())) + (0.5m / Asset.MinorUnitsPerWhole(asset.Scale));
            }
        return roundings;
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
