using System.Globalization;

namespace OrleansEs.Ledger;

/// <summary>An amount of one asset, in whole minor units (cents of a euro). Never floating point.</summary>
/// <param name="MinorUnits">The amount in minor units; its sign says the direction.</param>
/// <param name="Asset">The asset.</param>
[GenerateSerializer, Immutable, Alias("ledger.money")]
public readonly record struct Money([property: Id(0)] long MinorUnits, [property: Id(1)] Asset Asset)
{
    /// <summary>
    /// Reads decimal text (<c>12</c>, <c>-0.50</c>): an optional minus, digits, and a point with at most as many decimals as
    /// the asset has. No exponent, no grouping, no plus, no negative zero.
    /// </summary>
    /// <exception cref="FormatException">The text is no such amount, or does not fit; the message says why.</exception>
    public static Money Parse(string text, Asset asset) =>
        TryParse(text, asset, out var money, out var reason) ? money : throw new FormatException(reason);

    /// <summary>Reads decimal text, or says why not.</summary>
    public static bool TryParse(string? text, Asset asset, out Money money, out string reason)
    {
        money = default;
        text ??= "";
        var isNegative = text.StartsWith('-');
        var digits = text.AsSpan(isNegative ? 1 : 0);
        var point = digits.IndexOf('.');
        var whole = point < 0 ? digits : digits[..point];
        var decimals = point < 0 ? [] : digits[(point + 1)..];
        if (whole.IsEmpty || (point >= 0 && decimals.IsEmpty)
            || whole.ContainsAnyExceptInRange('0', '9') || decimals.ContainsAnyExceptInRange('0', '9'))
            return Refused($"'{LedgerText.Shown(text)}' is no amount; one looks like 12 or 0.50.", out reason);
        if (decimals.Length > asset.Scale)
            return Refused($"'{LedgerText.Shown(text)}' has {decimals.Length} decimals; {asset} has {asset.Scale}.", out reason);
        // Long zeros in front are no larger number, but nobody means them: they are not worth a big parse.
        if (whole.Length > 40 || whole.TrimStart('0').Length + asset.Scale > 19
            || MinorUnitsOf(whole, decimals, asset.Scale, isNegative) is not { } minorUnits)
            return Refused(
                $"'{LedgerText.Shown(text)}' {asset} is too large: it must fit into 64 bits of minor units.", out reason);
        if (minorUnits == 0 && isNegative)
            return Refused($"'{LedgerText.Shown(text)}' is a negative zero; write 0.", out reason);
        (money, reason) = (new Money(minorUnits, asset), "");
        return true;
    }

    /// <summary>The sum; both must be of one asset.</summary>
    /// <exception cref="OverflowException">It does not fit into 64 bits of minor units.</exception>
    public static Money operator +(Money left, Money right) =>
        left.Asset == right.Asset
            ? left with { MinorUnits = checked(left.MinorUnits + right.MinorUnits) }
            : throw new InvalidOperationException($"{left.Asset} and {right.Asset} cannot be added.");

    /// <summary>The amount in the other direction.</summary>
    /// <exception cref="OverflowException">It does not fit into 64 bits of minor units.</exception>
    public static Money operator -(Money money) => money with { MinorUnits = checked(-money.MinorUnits) };

    /// <summary>The amount as decimal text with all of the asset's decimals and no asset: <c>-0.50</c>.</summary>
    public string ToDecimalText()
    {
        var digits = Int128.Abs(MinorUnits).ToString(CultureInfo.InvariantCulture).PadLeft(Asset.Scale + 1, '0');
        var point = Asset.Scale == 0 ? digits : $"{digits[..^Asset.Scale]}.{digits[^Asset.Scale..]}";
        return MinorUnits < 0 ? "-" + point : point;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{ToDecimalText()} {Asset}";

    // At most 19 digits; null when they do not fit into 64 bits.
    private static long? MinorUnitsOf(ReadOnlySpan<char> whole, ReadOnlySpan<char> decimals, int scale, bool isNegative)
    {
        var minorUnits = Int128.Parse(whole, NumberStyles.None, CultureInfo.InvariantCulture);
        for (var place = 0; place < scale; place++)
            minorUnits = (minorUnits * 10) + (place < decimals.Length ? decimals[place] - '0' : 0);
        minorUnits = isNegative ? -minorUnits : minorUnits;
        return minorUnits >= long.MinValue && minorUnits <= long.MaxValue ? (long)minorUnits : null;
    }

    private static bool Refused(string why, out string reason)
    {
        reason = why;
        return false;
    }
}
