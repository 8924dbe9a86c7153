using OrleansEs.Ledger;

namespace OrleansEs.Client.Books;

/// <summary>
/// Rounds what follows from other amounts to the decimals of its asset, half to even. What is written is never changed.
/// <para>
/// An amount that was left out is rounded by itself, so that it does not depend on other transactions. An assignment, which
/// does, also moves what roundings have left over, so that the account has the balance that is written. Pure.
/// </para>
/// </summary>
internal sealed class BookRounding
{
    private readonly IReadOnlyDictionary<string, Asset> _assets;

    // By how much an account has more in the book than is posted, by symbol.
    private readonly Dictionary<(string Account, string Symbol), Quantity> _leftOver = [];

    private BookRounding(IReadOnlyDictionary<string, Asset> assets) => _assets = assets;

    /// <summary>Rounds all of a book.</summary>
    /// <param name="transactions">The transactions in file order.</param>
    /// <param name="assets">The asset of every commodity that moves, by symbol.</param>
    /// <returns>The transactions in the same order.</returns>
    public static IReadOnlyList<ResolvedTransaction> Round(
        IReadOnlyList<ResolvedTransaction> transactions, IReadOnlyDictionary<string, Asset> assets)
    {
        var rounding = new BookRounding(assets);
        var rounded = new ResolvedTransaction[transactions.Count];
        foreach (var (index, transaction) in transactions.Index().OrderBy(entry => entry.Item.Source.Date))
            rounded[index] = rounding.Round(transaction);
        return rounded;
    }

    private ResolvedTransaction Round(ResolvedTransaction transaction)
    {
        var postings = transaction.Postings.ToArray();
        foreach (var (i, posting) in transaction.Postings.Index().Where(posting => posting.Item.Source.IsAssignment))
            postings[i] = posting with { Amounts = Assigned(posting) };
        // As the resolver has it: what was left out counts after the transaction's other postings.
        foreach (var (i, posting) in transaction.Postings.Index().Where(posting => posting.Item.Source.IsElided))
            postings[i] = posting with
            {
                Amounts = [.. posting.Amounts.Select(amount => Take(posting.Source.Account, amount, amount.Quantity))],
            };
        return transaction with { Postings = postings };
    }

    private List<BookAmount> Assigned(ResolvedPosting posting)
    {
        var (account, assertion) = (posting.Source.Account, posting.Source.Assertion!);
        var amounts = posting.Amounts.ToList();
        // The book may have to move nothing where roundings have left something over.
        if (amounts.All(amount => amount.Commodity != assertion.Balance.Commodity))
            amounts.Add(new BookAmount(Quantity.Zero, assertion.Balance.Commodity));
        return [.. amounts.Select(amount => Take(
            account, amount, amount.Quantity + LeftOver(account, amount.Commodity, assertion.IsInclusive)))];
    }

    private BookAmount Take(string account, BookAmount amount, Quantity wanted)
    {
        if (!_assets.TryGetValue(amount.Commodity, out var asset))
            return amount;
        var posted = wanted.Rounded(asset.Scale);
        var key = (account, amount.Commodity);
        var leftOver = _leftOver.GetValueOrDefault(key) + amount.Quantity - posted;
        if (leftOver.IsZero)
            _leftOver.Remove(key);
        else
            _leftOver[key] = leftOver;
        return amount with { Quantity = posted };
    }

    private Quantity LeftOver(string account, string symbol, bool withSubaccounts)
    {
        var leftOver = _leftOver.GetValueOrDefault((account, symbol));
        if (withSubaccounts)
            foreach (var (key, quantity) in _leftOver)
                if (key.Symbol == symbol && key.Account.StartsWith(account + ":", StringComparison.Ordinal))
                    leftOver += quantity;
        return leftOver;
    }
}
