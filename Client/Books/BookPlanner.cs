using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Books;

/// <summary>
/// Turns a book into what the ledger has to do. Each commodity is posted as it is; what a transaction takes of one commodity
/// and gives of another goes through <see cref="ConversionAccount"/>, so that every transfer sums to zero per asset. Pure.
/// </summary>
internal sealed class BookPlanner
{
    /// <summary>The account on the other side of every exchange of one commodity for another.</summary>
    public const string ConversionAccount = "equity:conversion";

    private const int PostingsMax = 1_000;
    private const int ErrorsMax = 20;

    private readonly string _file;
    private readonly AssetMap _assets;
    private readonly BookIdentity _identity = new();
    private readonly SortedDictionary<string, PlannedAccount> _accounts = new(StringComparer.Ordinal);
    private readonly List<PlannedTransfer> _transfers = [];
    private readonly List<BookError> _errors = [];
    private int _skipped;

    private BookPlanner(string file, AssetMap assets)
    {
        _file = file;
        _assets = assets;
    }

    /// <summary>Reads a file and plans its import.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="file">The file's name, for the errors.</param>
    /// <param name="options">Which asset some commodities are.</param>
    /// <returns>The plan; or null and the errors, about 20 at most.</returns>
    public static (BookPlan? Plan, IReadOnlyList<BookError> Errors) Plan(string text, string file, AssetOptions options)
    {
        var (book, unread) = BookParser.Parse(text, file);
        if (book is null)
            return (null, unread);
        var (transactions, unresolved) = BookResolver.Resolve(book);
        if (transactions is null)
            return (null, unresolved);
        var assets = new AssetMap(book, transactions, options);
        return assets.Errors.Count > 0
            ? (null, assets.Errors)
            : new BookPlanner(file, assets).Plan(BookRounding.Round(transactions, assets.Assets));
    }

    private (BookPlan? Plan, IReadOnlyList<BookError> Errors) Plan(IReadOnlyList<ResolvedTransaction> transactions)
    {
        foreach (var transaction in transactions)
        {
            Add(transaction);
            if (_errors.Count >= ErrorsMax)
                break;
        }
        if (_errors.Count > 0)
            return (null, _errors);
        return (new BookPlan(
            _file,
            _assets.Assets,
            _assets.Inferred,
            _assets.Notes,
            [.. _accounts.Values],
            [.. _transfers.OrderBy(transfer => transfer.EffectiveDate)],
            _skipped), []);
    }

    private void Add(ResolvedTransaction transaction)
    {
        var source = transaction.Source;
        var id = _identity.Next(source);
        var errors = _errors.Count;
        var postings = new List<Posting>();
        foreach (var posting in transaction.Postings)
            if (AccountId(posting.Source) is { } account)
                postings.AddRange(Postings(posting, account));
        postings.AddRange(Conversions(source, postings));
        if (postings.Count > PostingsMax)
            Refuse(source.Line, $"it has {postings.Count} postings; a transfer has {PostingsMax} at most.", "Split it.");
        if (_errors.Count > errors)
            return;
        if (postings.Count == 0)
            _skipped++;
        else
            _transfers.Add(new PlannedTransfer(
                id, BookIdentity.CommandId("transfer", id), source.Line, source.Date,
                new CreateTransfer(postings, Memo(source)),
                LedgerId.TryParse(source.Code, out _) ? source.Code : null));
    }

    private IEnumerable<Posting> Postings(ResolvedPosting posting, string account)
    {
        foreach (var amount in posting.Amounts.Where(amount => !amount.Quantity.IsZero))
        {
            var asset = _assets.Assets[amount.Commodity];
            if (amount.Quantity.ToMinorUnits(asset.Scale) is not { } minorUnits)
                Refuse(posting.Source.Line, $"{amount} is too large for the ledger.", $"{asset} has 64 bits of minor units.");
            else if (minorUnits != 0)
                yield return new Posting(account, new Money(minorUnits, asset));
        }
    }

    // What is missing to zero in each asset, in the order in which the transaction names them.
    private List<Posting> Conversions(BookTransaction source, IReadOnlyList<Posting> postings)
    {
        var sums = new OrderedDictionary<Asset, Int128>();
        foreach (var (_, amount) in postings)
            sums[amount.Asset] = sums.GetValueOrDefault(amount.Asset) + amount.MinorUnits;
        var conversions = new List<Posting>();
        foreach (var (asset, sum) in sums.Where(sum => sum.Value != 0))
        {
            if (Int128.Abs(sum) > long.MaxValue)
                Refuse(source.Line, $"what it exchanges of {asset} is too large for the ledger.", "Split the transaction.");
            else
                conversions.Add(new Posting(Account(ConversionAccount, source.Line), new Money((long)-sum, asset)));
        }
        return conversions;
    }

    private string? AccountId(BookPosting posting)
    {
        var id = AccountNames.FromBook(posting.Account);
        if (_accounts.ContainsKey(id) || LedgerId.TryParse(id, out var reason))
            return Account(id, posting.Line);
        Refuse(posting.Line, $"the account name cannot be an account's id: {reason}",
            id.Contains(';', StringComparison.Ordinal) ? "Put two spaces before a comment." : "Rename the account in the file.");
        return null;
    }

    private string Account(string id, int line)
    {
        _accounts.TryAdd(id, new PlannedAccount(id, BookIdentity.CommandId("account", id), line));
        return id;
    }

    // The memo is what stands after the date, without what a memo cannot hold.
    private static string? Memo(BookTransaction source)
    {
        var text = source.Code is null ? source.Description : $"({source.Code}) {source.Description}".TrimEnd();
        var memo = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        if (memo.Length > LedgerText.MemoLengthMax)
        {
            var end = LedgerText.MemoLengthMax - 1;
            memo = memo[..(char.IsHighSurrogate(memo[end - 1]) ? end - 1 : end)] + "…";
        }
        return memo.Length == 0 ? null : memo;
    }

    private void Refuse(int line, string message, string remedy) => _errors.Add(new BookError(_file, line, message, remedy));
}
