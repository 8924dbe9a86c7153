namespace OrleansEs.Client.Books;

/// <summary>Balances one transaction as hledger does: at cost, up to the decimals that each commodity is written with.</summary>
internal sealed class TransactionBalancer(IReadOnlyDictionary<string, CommodityPlaces> commodities)
{
    /// <summary>Infers the amount left out, if any, and checks that all sum to zero.</summary>
    /// <param name="source">The transaction.</param>
    /// <param name="amounts">The amounts of each posting; null for the one left out.</param>
    /// <exception cref="BookSyntaxException">It does not balance, or leaves out more than one amount.</exception>
    public ResolvedTransaction Balance(BookTransaction source, IReadOnlyList<IReadOnlyList<BookAmount>?> amounts)
    {
        var elided = source.Postings.Index().Where(posting => amounts[posting.Index] is null).ToArray();
        if (elided.Length > 1)
            throw new BookSyntaxException(
                elided[1].Item.Line, "a second posting of this transaction leaves its amount out.",
                "Write all amounts but one, with two spaces or more before each.");
        var known = amounts.Where(posting => posting is not null).SelectMany(posting => posting!).ToArray();
        var sums = SumAtCost(known);
        if (elided.Length == 0 && !IsBalanced(sums) && !IsExchange(known))
            throw new BookSyntaxException(
                source.Line, $"the transaction does not balance: its postings sum to {Text(sums)}.", "Correct an amount.");
        var inferred = sums.Where(sum => !sum.Value.Total.IsZero)
            .Select(sum => new BookAmount(-sum.Value.Total, sum.Key)).ToArray();
        return new ResolvedTransaction(
            source, [.. source.Postings.Select((posting, i) => new ResolvedPosting(posting, amounts[i] ?? inferred))]);
    }

    // Sums keep the order of first appearance, so that what is inferred from them does too.
    private static OrderedDictionary<string, (Quantity Total, int Places)> SumAtCost(IEnumerable<BookAmount> amounts)
    {
        var sums = new OrderedDictionary<string, (Quantity Total, int Places)>(StringComparer.Ordinal);
        foreach (var amount in amounts)
        {
            var cost = amount.AtCost();
            var (total, places) = sums.TryGetValue(cost.Commodity, out var sum) ? sum : default;
            var written = (amount.Cost?.Price ?? amount).Quantity.Places;
            sums[cost.Commodity] = (total + cost.Quantity, Math.Max(places, written));
        }
        return sums;
    }

    private bool IsBalanced(OrderedDictionary<string, (Quantity Total, int Places)> sums) => sums.All(sum =>
        sum.Value.Total.RoundsToZero(
            (commodities.TryGetValue(sum.Key, out var places) ? places.Balancing : null) ?? sum.Value.Places));

    // Two commodities without costs, one in and one out, are an exchange: each is the other's cost.
    private static bool IsExchange(BookAmount[] amounts)
    {
        var left = amounts
            .GroupBy(amount => (amount.Commodity, Cost: amount.Cost is { } cost ? $"{cost.IsTotal} {cost.Price}" : null))
            .Select(group => (group.Key.Cost, Sum: group.Aggregate(Quantity.Zero, (sum, amount) => sum + amount.Quantity)))
            .Where(group => !group.Sum.IsZero)
            .ToArray();
        return left.Length == 2 && left.All(group => group.Cost is null) && left[0].Sum.Sign != left[1].Sum.Sign;
    }

    private static string Text(OrderedDictionary<string, (Quantity Total, int Places)> sums) =>
        string.Join(", ", sums.Where(sum => !sum.Value.Total.IsZero).Select(sum => new BookAmount(sum.Value.Total, sum.Key)));
}
