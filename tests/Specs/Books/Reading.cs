using OrleansEs.Client.Books;
using OrleansEs.Ledger;

namespace OrleansEs.Specs.Books;

/// <summary>What a spec says of a book: its balances, or its first error.</summary>
internal static class Reading
{
    public static BookPlan Plan(string text, params string[] assets)
    {
        var (plan, errors) = BookPlanner.Plan(text, "my.journal", AssetOptions.Parse(assets));
        Assert.True(plan is not null, string.Join('\n', errors));
        return plan;
    }

    /// <summary>The balances that are not zero, as <c>a 1.50 EUR, b -1.50 EUR</c>.</summary>
    public static string Balances(string text, params string[] assets)
    {
        var plan = Plan(text, assets);
        var sums = new SortedDictionary<(string, string), (Asset Asset, Int128 MinorUnits)>(
            Comparer<(string Account, string Asset)>.Create((left, right) => string.CompareOrdinal(
                $"{left.Account}\t{left.Asset}", $"{right.Account}\t{right.Asset}")));
        foreach (var posting in plan.Transfers.SelectMany(transfer => transfer.Command.Postings))
        {
            var key = (posting.AccountId, posting.Amount.Asset.ToString());
            sums[key] = (posting.Amount.Asset, sums.GetValueOrDefault(key).MinorUnits + posting.Amount.MinorUnits);
        }
        return string.Join(", ", sums.Where(sum => sum.Value.MinorUnits != 0)
            .Select(sum => $"{sum.Key.Item1} {new Money((long)sum.Value.MinorUnits, sum.Value.Asset)}"));
    }

    public static BookError Error(string text, params string[] assets)
    {
        var (plan, errors) = BookPlanner.Plan(text, "my.journal", AssetOptions.Parse(assets));
        Assert.Null(plan);
        Assert.All(errors, error => Assert.NotEmpty(error.Remedy));
        return errors[0];
    }
}
