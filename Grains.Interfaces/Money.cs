using System.Globalization;
using System.Numerics;

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
        var digits = text.StartsWith('-') ? text[1..] : text;
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? digits : digits[..point];
        var decimals = point < 0 ? "" : digits[(point + 1)..];
        reason = $"'{LedgerText.Shown(text)}' is no amount; one looks like 12 or 0.50.";
        if (whole.Length == 0 || (point >= 0 && decimals.Length == 0)
            || !whole.All(char.IsAsciiDigit) || !decimals.All(char.IsAsciiDigit))
            return false;
        if (decimals.Length > asset.Scale)
        {
            reason = $"'{LedgerText.Shown(text)}' has {decimals.Length} decimals; {asset} has {asset.Scale}.";
            return false;
        }
        // Long zeros in front are no larger number, but nobody means them: they are not worth a big parse.
        reason = $"'{LedgerText.Shown(text)}' {asset} is too large: it must fit into 64 bits of minor units.";
        if (whole.Length > 40 || whole.TrimStart('0').Length + asset.Scale > 19)
            return false;
        var minorUnits = BigInteger.Parse(whole + decimals.PadRight(asset.Scale, '0'), CultureInfo.InvariantCulture);
        if (text.StartsWith('-'))
            minorUnits = -minorUnits;
        if (minorUnits < long.MinValue || minorUnits > long.MaxValue)
            return false;
        if (minorUnits.IsZero && text.StartsWith('-'))
        {
            reason = $"'{LedgerText.Shown(text)}' is a negative zero; write 0.";
            return false;
        }
        money = new Money((long)minorUnits, asset);
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
        var digits = BigInteger.Abs(MinorUnits).ToString(CultureInfo.InvariantCulture).PadLeft(Asset.Scale + 1, '0');
        var point = Asset.Scale == 0 ? digits : $"{digits[..^Asset.Scale]}.{digits[^Asset.Scale..]}";
        return MinorUnits < 0 ? "-" + point : point;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{ToDecimalText()} {Asset}";
}
