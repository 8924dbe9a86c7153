namespace OrleansEs.Client.Books;

/// <summary>What the directives read so far say about the lines that follow.</summary>
internal sealed class BookContext
{
    private readonly Dictionary<string, NumberStyle> _declared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);

    /// <summary>The year of dates that name none; null while none is known.</summary>
    public int? Year { get; set; }

    /// <summary>What <c>decimal-mark</c> says; null while nothing.</summary>
    public NumberStyle? DecimalMark { get; set; }

    /// <summary>What <c>D</c> says: the symbol of plain numbers and how they are written; null while nothing.</summary>
    public (string Commodity, NumberStyle Style)? Default { get; set; }

    /// <summary>
    /// How amounts of a commodity are written; null when nothing was said. As in hledger, what <c>D</c> says holds for every
    /// commodity that nothing else is said of.
    /// </summary>
    public NumberStyle? StyleOf(string commodity) =>
        DecimalMark ?? (_declared.TryGetValue(commodity, out var style) ? style : Default?.Style);

    /// <summary>How plain numbers are written; null when nothing was said.</summary>
    public NumberStyle? StyleOfPlainNumbers() => DecimalMark ?? Default?.Style ?? StyleOf("");

    /// <summary>Notes what a <c>commodity</c> directive says.</summary>
    public void Declare(string commodity, NumberStyle style) => _declared[commodity] = style;

    /// <summary>Notes an amount that says how many decimals its commodity is written with.</summary>
    public void See(BookAmount amount) =>
        _seen[amount.Commodity] = Math.Max(_seen.GetValueOrDefault(amount.Commodity), amount.Quantity.Places);

    /// <summary>The decimals of every commodity.</summary>
    public IReadOnlyDictionary<string, CommodityPlaces> Places()
    {
        if (Default is { } byDefault)
            See(new BookAmount(new Quantity(0, byDefault.Style.Places), byDefault.Commodity));
        return _declared.Keys.Union(_seen.Keys).ToDictionary(
            commodity => commodity,
            commodity => new CommodityPlaces(
                _declared.TryGetValue(commodity, out var style) ? style.Places : null,
                _seen.TryGetValue(commodity, out var seen) ? seen : null),
            StringComparer.Ordinal);
    }
}
