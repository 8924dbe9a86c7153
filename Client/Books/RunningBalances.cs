namespace OrleansEs.Client.Books;

/// <summary>What each account has of each commodity while the book is gone through by date. Costs do not count here.</summary>
internal sealed class RunningBalances
{
    private readonly Dictionary<string, Dictionary<string, Quantity>> _accounts = new(StringComparer.Ordinal);

    /// <summary>Adds amounts to an account.</summary>
    public void Add(string account, IEnumerable<BookAmount> amounts)
    {
        if (!_accounts.TryGetValue(account, out var balances))
            _accounts.Add(account, balances = new Dictionary<string, Quantity>(StringComparer.Ordinal));
        foreach (var amount in amounts)
            balances[amount.Commodity] = balances.GetValueOrDefault(amount.Commodity) + amount.Quantity;
    }

    /// <summary>
    /// What an assignment moves: the asserted balance comes, at its cost if it has one, and what was there goes.
    /// </summary>
    public IReadOnlyList<BookAmount> Assign(string account, BookAssertion assertion)
    {
        var target = assertion.Balance;
        var own = Of(account, inclusive: false);
        var subaccounts = assertion.IsInclusive ? Minus(Of(account, inclusive: true), own) : [];
        var wanted = target with { Quantity = target.Quantity - subaccounts.GetValueOrDefault(target.Commodity) };
        var moved = new List<BookAmount>();
        if (target.Cost is null)
            moved.Add(wanted with { Quantity = wanted.Quantity - own.GetValueOrDefault(target.Commodity) });
        else
            moved.AddRange([wanted, new BookAmount(-own.GetValueOrDefault(target.Commodity), target.Commodity)]);
        if (assertion.IsTotal)
            moved.AddRange(own.Keys.Union(subaccounts.Keys).Where(commodity => commodity != target.Commodity)
                .Select(commodity => new BookAmount(
                    -own.GetValueOrDefault(commodity) - subaccounts.GetValueOrDefault(commodity), commodity)));
        moved.RemoveAll(amount => amount.Quantity.IsZero);
        return moved;
    }

    /// <summary>The first commodity whose balance is not as asserted, with both balances; null when all is well.</summary>
    public (BookAmount Actual, BookAmount Expected)? Violation(string account, BookAssertion assertion)
    {
        var actual = Of(account, assertion.IsInclusive);
        var expected = assertion.Balance with { Cost = null };
        var found = actual.GetValueOrDefault(expected.Commodity);
        if (found != expected.Quantity)
            return (new BookAmount(found, expected.Commodity), expected);
        if (!assertion.IsTotal)
            return null;
        var other = Of(account, assertion.IsInclusive)
            .FirstOrDefault(balance => balance.Key != expected.Commodity && !balance.Value.IsZero);
        return other.Key is null
            ? null
            : (new BookAmount(other.Value, other.Key), new BookAmount(Quantity.Zero, other.Key));
    }

    private Dictionary<string, Quantity> Of(string account, bool inclusive)
    {
        var sum = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        var counted = inclusive
            ? _accounts.Where(other => other.Key == account || other.Key.StartsWith(account + ":", StringComparison.Ordinal))
                .Select(other => other.Value)
            : _accounts.TryGetValue(account, out var own) ? [own] : [];
        foreach (var (commodity, quantity) in counted.SelectMany(balances => balances))
            sum[commodity] = sum.GetValueOrDefault(commodity) + quantity;
        return sum;
    }

    private static Dictionary<string, Quantity> Minus(Dictionary<string, Quantity> left, Dictionary<string, Quantity> right)
    {
        var difference = new Dictionary<string, Quantity>(left, StringComparer.Ordinal);
        foreach (var (commodity, quantity) in right)
            difference[commodity] = difference.GetValueOrDefault(commodity) - quantity;
        return difference;
    }
}
