namespace OrleansEs.Client.Books;

/// <summary>
/// Makes every amount of a book known and checks its assertions, in hledger's order: first all transactions that assign no
/// balance are balanced; then all are gone through by date, on one day in file order, posting by posting. Pure.
/// </summary>
internal sealed class BookResolver
{
    private const int ErrorsMax = 20;

    private readonly Book _book;
    private readonly TransactionBalancer _balancer;
    private readonly RunningBalances _balances = new();
    private readonly List<BookError> _errors = [];

    private BookResolver(Book book)
    {
        _book = book;
        _balancer = new TransactionBalancer(book.Commodities);
    }

    /// <summary>Resolves a book.</summary>
    /// <returns>Its transactions in file order; or null and the errors, the first 20 at most.</returns>
    public static (IReadOnlyList<ResolvedTransaction>? Transactions, IReadOnlyList<BookError> Errors) Resolve(Book book) =>
        new BookResolver(book).Resolve();

    private (IReadOnlyList<ResolvedTransaction>? Transactions, IReadOnlyList<BookError> Errors) Resolve()
    {
        var resolved = new ResolvedTransaction?[_book.Transactions.Count];
        foreach (var (index, transaction) in _book.Transactions.Index())
            if (!transaction.Postings.Any(posting => posting.IsAssignment))
                resolved[index] = Try(() => _balancer.Balance(
                    transaction, [.. transaction.Postings.Select(posting => Written(posting.Amount))]));
        // A balance that follows from a transaction in error would only add errors of its own.
        if (_errors.Count > 0)
            return (null, _errors);
        foreach (var (index, transaction) in _book.Transactions.Index().OrderBy(entry => entry.Item.Date))
        {
            resolved[index] = Try(() => Follow(transaction, resolved[index]));
            if (_errors.Count > 0)
                return (null, _errors);
        }
        return (resolved!, []);
    }

    private ResolvedTransaction Follow(BookTransaction transaction, ResolvedTransaction? balanced)
    {
        if (balanced is not null)
        {
            foreach (var posting in balanced.Postings)
                Post(posting.Source, posting.Amounts);
            return balanced;
        }
        var amounts = new List<IReadOnlyList<BookAmount>?>();
        foreach (var posting in transaction.Postings)
        {
            amounts.Add(posting.IsAssignment ? _balances.Assign(posting.Account, posting.Assertion!) : Written(posting.Amount));
            if (amounts[^1] is { } known)
                Post(posting, known);
        }
        var completed = _balancer.Balance(transaction, amounts);
        // What was left out is known last, and so it counts after the transaction's other postings.
        foreach (var posting in completed.Postings.Where(posting => posting.Source.IsElided))
            _balances.Add(posting.Source.Account, posting.Amounts);
        return completed;
    }

    private void Post(BookPosting posting, IReadOnlyList<BookAmount> amounts)
    {
        _balances.Add(posting.Account, amounts);
        if (posting.Assertion is { } assertion && _balances.Violation(posting.Account, assertion) is { } wrong)
            throw new BookSyntaxException(
                posting.Line,
                $"the balance assertion fails: '{posting.Account}'{(assertion.IsInclusive ? " with its subaccounts" : "")} "
                + $"has {wrong.Actual}, and {wrong.Expected} is asserted.",
                "Correct the assertion or the postings before it.");
    }

    private ResolvedTransaction? Try(Func<ResolvedTransaction> resolve)
    {
        try
        {
            return _errors.Count < ErrorsMax ? resolve() : null;
        }
        catch (BookSyntaxException wrong)
        {
            _errors.Add(new BookError(_book.File, wrong.Line, wrong.Message, wrong.Remedy));
            return null;
        }
    }

    private static IReadOnlyList<BookAmount>? Written(BookAmount? amount) => amount is null ? null : [amount];
}
