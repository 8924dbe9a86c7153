using OrleansEs.Ledger;

namespace OrleansEs.Client.Books;

/// <summary>
/// Which asset each commodity of a book is. In this order: what an option says; the currency of a well-known sign; an asset's
/// own text (<c>"VBMPX/3"</c>); the symbol itself, if it can be a code.
/// <para>
/// The decimals: those of the option or the asset's text; then an amount that is written with more is refused. Where nobody
/// says them, an ISO 4217 currency has ISO's, or more if it is declared or an amount is written with more, which is noted; any
/// other commodity has as many as it is declared, written or needed with. Symbols of one code share them. What follows from
/// costs and has more is rounded: see <see cref="BookRounding"/>.
/// </para>
/// </summary>
internal sealed class AssetMap
{
    private readonly string _file;
    private readonly Dictionary<string, Asset> _assets = new(StringComparer.Ordinal);
    private readonly Dictionary<Asset, InferredScale> _inferred = [];
    private readonly List<BookError> _errors = [];
    private readonly List<BookError> _notes = [];

    /// <summary>Maps the commodities of a book that moves these amounts.</summary>
    public AssetMap(Book book, IEnumerable<ResolvedTransaction> transactions, AssetOptions options)
    {
        _file = book.File;
        var uses = Uses(transactions);
        foreach (var byCode in uses.GroupBy(use => Code(use, options)).Where(group => group.Key is not null))
        {
            var (code, named) = byCode.Key!.Value;
            var asset = new Asset(code, named ?? Math.Min(byCode.Max(use => Scale(code, use, book)), Asset.ScaleMax));
            if (named is null)
                _inferred.Add(asset, Origin([.. byCode], asset));
            foreach (var use in byCode)
                Map(use, asset, isNamed: named is not null);
        }
    }

    /// <summary>The asset of every commodity that moves, by symbol.</summary>
    public IReadOnlyDictionary<string, Asset> Assets => _assets;

    /// <summary>The assets whose decimals nobody named, and where they come from.</summary>
    public IReadOnlyDictionary<Asset, InferredScale> Inferred => _inferred;

    /// <summary>The commodities that cannot be an asset.</summary>
    public IReadOnlyList<BookError> Errors => _errors;

    /// <summary>The currencies that have more decimals than they have in the world, or whose amounts are rounded.</summary>
    public IReadOnlyList<BookError> Notes => _notes;

    private (string Code, int? Scale)? Code(Use use, AssetOptions options)
    {
        if (options.For(use.Symbol) is { } wish)
            return wish;
        if (CommoditySymbols.CodeOf(use.Symbol) is { } known)
            return (known, null);
        var hasScale = use.Symbol.Contains('/', StringComparison.Ordinal);
        if (Asset.TryParse(hasScale ? use.Symbol : use.Symbol + "/0", out var asset, out _))
            return (asset.Code, hasScale ? asset.Scale : null);
        _errors.Add(new BookError(
            _file, use.FirstLine, $"the commodity '{use.Symbol}' cannot be an asset's code.",
            $"Say which asset it is: --asset '{use.Symbol}=CODE'."));
        return null;
    }

    private static int Scale(string code, Use use, Book book)
    {
        var places = book.Commodities.TryGetValue(use.Symbol, out var written) ? written : default;
        // Not what follows from costs: a currency would get other decimals by any price at the pump.
        if (Asset.IsoScale(code) is { } iso)
            return Math.Max(Math.Max(iso, places.Declared ?? 0), use.Written.Places);
        return Math.Max(Math.Max(places.Declared ?? 0, places.Seen ?? 0), use.Needed.Places);
    }

    private static InferredScale Origin(IReadOnlyList<Use> uses, Asset asset)
    {
        var written = uses.MaxBy(use => use.Written.Places)!;
        var needed = uses.MaxBy(use => use.Needed.Places)!;
        var (symbol, line) = written.Written.Places == asset.Scale ? (written.Symbol, written.Written.Line)
            : needed.Needed.Places == asset.Scale ? (needed.Symbol, needed.Needed.Line)
            : (uses[0].Symbol, uses[0].FirstLine);
        return new InferredScale(symbol, line, written.Written.Places);
    }

    private void Map(Use use, Asset asset, bool isNamed)
    {
        _assets[use.Symbol] = asset;
        if (use.Written.Places > asset.Scale)
            _errors.Add(new BookError(
                _file, use.Written.Line, $"an amount of '{use.Symbol}' needs {use.Written.Places} decimals; {asset} has {asset.Scale}.",
                isNamed ? $"Give it more in --asset ({Asset.ScaleMax} at most), or write fewer." : "Write fewer."));
        else if (!isNamed && Asset.IsoScale(asset.Code) is { } iso)
            Note(use, asset, iso);
        else if (!isNamed && use.Needed.Places > asset.Scale)
            _errors.Add(new BookError(
                _file, use.Needed.Line, $"an amount of '{use.Symbol}' that follows from a cost needs {use.Needed.Places} decimals; "
                + $"an asset has {Asset.ScaleMax} at most.",
                $"--asset '{use.Symbol}={asset}' rounds what follows from costs."));
    }

    private void Note(Use use, Asset asset, int iso)
    {
        if (asset.Scale > iso)
            _notes.Add(new BookError(
                _file, use.Written.Places == asset.Scale ? use.Written.Line : use.FirstLine,
                $"'{use.Symbol}' is counted as {asset}, since it is declared or written with {asset.Scale} decimals.",
                "With fewer, it would be the currency as usual."));
        if (use.Needed.Places > asset.Scale)
            _notes.Add(new BookError(
                _file, use.Needed.Line, $"what follows from costs in '{use.Symbol}' is rounded to {asset.Scale} decimals.",
                $"--asset '{use.Symbol}={asset.Code}/{Math.Min(use.Needed.Places, Asset.ScaleMax)}' keeps more."));
    }

    private static List<Use> Uses(IEnumerable<ResolvedTransaction> transactions)
    {
        var uses = new OrderedDictionary<string, Use>(StringComparer.Ordinal);
        foreach (var posting in transactions.SelectMany(transaction => transaction.Postings))
            foreach (var amount in posting.Amounts.Where(amount => !amount.Quantity.IsZero))
            {
                var here = new Place(amount.Quantity.PlacesNeeded, posting.Source.Line);
                var use = uses.GetValueOrDefault(amount.Commodity) ?? new Use(amount.Commodity, here.Line, default, default);
                var written = new Place(WrittenPlaces(posting.Source, amount), here.Line);
                uses[amount.Commodity] = use with
                {
                    Needed = here.Places > use.Needed.Places ? here : use.Needed,
                    Written = written.Places > use.Written.Places ? written : use.Written,
                };
            }
        return [.. uses.Values];
    }

    // An assigned balance is written, though the amount is not.
    private static int WrittenPlaces(BookPosting posting, BookAmount amount) =>
        posting.Amount is not null ? amount.Quantity.PlacesNeeded
        : posting.Assertion?.Balance is { } balance && balance.Commodity == amount.Commodity ? balance.Quantity.PlacesNeeded
        : 0;

    // How many decimals, and on which line.
    private readonly record struct Place(int Places, int Line);

    // The most decimals that amounts of a commodity need, and those that are written need.
    private sealed record Use(string Symbol, int FirstLine, Place Needed, Place Written);
}
