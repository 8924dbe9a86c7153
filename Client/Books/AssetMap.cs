using OrleansEs.Ledger;

namespace OrleansEs.Client.Books;

/// <summary>
/// Which asset each commodity of a book is. In this order: what an option says; the currency of a well-known sign; an asset's
/// own text (<c>"VBMPX/3"</c>); the symbol itself, if it can be a code.
/// The decimals: those of the option or the asset's text; else, for an ISO 4217 currency, ISO's, or more if an amount of the
/// book needs more; else as many as the commodity is declared or written with. Symbols of one code share them.
/// </summary>
internal sealed class AssetMap
{
    private readonly Dictionary<string, Asset> _assets = new(StringComparer.Ordinal);
    private readonly HashSet<Asset> _inferred = [];
    private readonly List<BookError> _errors = [];

    /// <summary>Maps the commodities of a book that moves these amounts.</summary>
    public AssetMap(Book book, IEnumerable<ResolvedTransaction> transactions, AssetOptions options)
    {
        var uses = Uses(transactions);
        foreach (var byCode in uses.GroupBy(use => Code(use, options, book.File)).Where(group => group.Key is not null))
        {
            var (code, fixedScale) = byCode.Key!.Value;
            var scale = fixedScale ?? byCode.Max(use => Scale(code, use, book));
            foreach (var use in byCode)
            {
                if (use.PlacesMax > Math.Min(scale, Asset.ScaleMax))
                    _errors.Add(TooManyDecimals(book.File, use, Math.Min(scale, Asset.ScaleMax), fixedScale is not null));
                _assets[use.Symbol] = new Asset(code, Math.Min(scale, Asset.ScaleMax));
                if (fixedScale is null)
                    _inferred.Add(_assets[use.Symbol]);
            }
        }
    }

    /// <summary>The asset of every commodity that moves, by symbol.</summary>
    public IReadOnlyDictionary<string, Asset> Assets => _assets;

    /// <summary>The assets whose decimals follow from the file.</summary>
    public IReadOnlySet<Asset> Inferred => _inferred;

    /// <summary>The commodities that cannot be an asset.</summary>
    public IReadOnlyList<BookError> Errors => _errors;

    private (string Code, int? Scale)? Code(Use use, AssetOptions options, string file)
    {
        if (options.For(use.Symbol) is { } wish)
            return wish;
        if (CommoditySymbols.CodeOf(use.Symbol) is { } known)
            return (known, null);
        var hasScale = use.Symbol.Contains('/', StringComparison.Ordinal);
        if (Asset.TryParse(hasScale ? use.Symbol : use.Symbol + "/0", out var asset, out _))
            return (asset.Code, hasScale ? asset.Scale : null);
        _errors.Add(new BookError(
            file, use.FirstLine, $"the commodity '{use.Symbol}' cannot be an asset's code.",
            $"Say which asset it is: --asset '{use.Symbol}=CODE'."));
        return null;
    }

    private static int Scale(string code, Use use, Book book)
    {
        if (Asset.IsoScale(code) is { } iso)
            return Math.Max(iso, use.PlacesMax);
        var places = book.Commodities.TryGetValue(use.Symbol, out var written) ? written : default;
        var usual = Math.Max(places.Declared ?? 0, places.Seen ?? 0);
        return Math.Max(Math.Min(usual, Asset.ScaleMax), use.PlacesMax);
    }

    private static BookError TooManyDecimals(string file, Use use, int scale, bool isFixed) => new(
        file, use.PlacesMaxLine, $"an amount of '{use.Symbol}' needs {use.PlacesMax} decimals; the asset has {scale}.",
        isFixed
            ? "Give the asset more decimals in --asset (9 at most), or write the amount out with fewer."
            : "Write the amount out with 9 decimals at most: it may be one that follows from a cost.");

    private static List<Use> Uses(IEnumerable<ResolvedTransaction> transactions)
    {
        var uses = new OrderedDictionary<string, Use>(StringComparer.Ordinal);
        foreach (var posting in transactions.SelectMany(transaction => transaction.Postings))
            foreach (var amount in posting.Amounts.Where(amount => !amount.Quantity.IsZero))
            {
                var line = posting.Source.Line;
                var use = uses.GetValueOrDefault(amount.Commodity) ?? new Use(amount.Commodity, line, 0, line);
                var places = amount.Quantity.PlacesNeeded;
                uses[amount.Commodity] = places > use.PlacesMax ? use with { PlacesMax = places, PlacesMaxLine = line } : use;
            }
        return [.. uses.Values];
    }

    private sealed record Use(string Symbol, int FirstLine, int PlacesMax, int PlacesMaxLine);
}
