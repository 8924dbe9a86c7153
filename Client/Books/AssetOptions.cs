using OrleansEs.Ledger;

namespace OrleansEs.Client.Books;

/// <summary>Which asset the user wants a commodity symbol to be: what <c>--asset '$=USD'</c> says.</summary>
internal sealed class AssetOptions
{
    private readonly Dictionary<string, (string Code, int? Scale)> _bySymbol = new(StringComparer.Ordinal);

    /// <summary>No wishes.</summary>
    public static AssetOptions None { get; } = new();

    /// <summary>Reads options of the form <c>SYMBOL=CODE</c> or <c>SYMBOL=CODE/DECIMALS</c>.</summary>
    /// <exception cref="FormatException">One is of another form, or a symbol is named twice.</exception>
    public static AssetOptions Parse(IEnumerable<string> options)
    {
        var parsed = new AssetOptions();
        foreach (var option in options)
        {
            var equals = option.LastIndexOf('=');
            var symbol = equals < 0 ? "" : option[..equals].Trim('"');
            var asset = option[(equals + 1)..];
            var hasScale = asset.Contains('/', StringComparison.Ordinal);
            if (equals < 0 || !Asset.TryParse(hasScale ? asset : asset + "/0", out var parts, out _))
                throw new FormatException(
                    $"'{LedgerText.Shown(option)}' maps no commodity; "
                    + "write a symbol, '=' and an asset, such as '$=USD' or 'Fr=CHF/2'.");
            if (!parsed._bySymbol.TryAdd(symbol, (parts.Code, hasScale ? parts.Scale : null)))
                throw new FormatException($"The commodity '{symbol}' is mapped twice; map it once.");
        }
        return parsed;
    }

    /// <summary>The wish for a symbol; null for none.</summary>
    public (string Code, int? Scale)? For(string symbol) => _bySymbol.TryGetValue(symbol, out var wish) ? wish : null;
}
