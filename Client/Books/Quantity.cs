using System.Globalization;
using System.Numerics;

namespace OrleansEs.Client.Books;

/// <summary>
/// An exact decimal number of any length, as books hold them: prices and products of prices need more digits than money.
/// It remembers how many decimals it was written with; two quantities are compared by value.
/// </summary>
internal readonly struct Quantity : IEquatable<Quantity>
{
    /// <summary>Makes <c>mantissa / 10^places</c>.</summary>
    public Quantity(BigInteger mantissa, int places)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(places);
        Mantissa = mantissa;
        Places = places;
    }

    /// <summary>Nothing.</summary>
    public static Quantity Zero => default;

    /// <summary>The digits, without the decimal mark.</summary>
    public BigInteger Mantissa { get; }

    /// <summary>How many of the digits are decimals.</summary>
    public int Places { get; }

    /// <summary>Whether it is nothing.</summary>
    public bool IsZero => Mantissa.IsZero;

    /// <summary>−1, 0 or 1.</summary>
    public int Sign => Mantissa.Sign;

    /// <summary>How many decimals it needs: those written, less the zeros at the end.</summary>
    public int PlacesNeeded
    {
        get
        {
            var (mantissa, places) = (Mantissa, Places);
            while (places > 0 && (mantissa % 10).IsZero)
            {
                mantissa /= 10;
                places--;
            }
            return places;
        }
    }

    /// <summary>The sum.</summary>
    public static Quantity operator +(Quantity left, Quantity right)
    {
        var places = Math.Max(left.Places, right.Places);
        return new Quantity(left.At(places) + right.At(places), places);
    }

    /// <summary>The difference.</summary>
    public static Quantity operator -(Quantity left, Quantity right) => left + -right;

    /// <summary>The opposite.</summary>
    public static Quantity operator -(Quantity quantity) => new(-quantity.Mantissa, quantity.Places);

    /// <summary>The product.</summary>
    public static Quantity operator *(Quantity left, Quantity right) =>
        new(left.Mantissa * right.Mantissa, left.Places + right.Places);

    /// <summary>Whether both are the same number, however written.</summary>
    public static bool operator ==(Quantity left, Quantity right) => left.Equals(right);

    /// <summary>Whether they are different numbers.</summary>
    public static bool operator !=(Quantity left, Quantity right) => !left.Equals(right);

    /// <summary>Whether it is zero once rounded, half to even, to so many decimals.</summary>
    public bool RoundsToZero(int places) => Rounded(places).IsZero;

    /// <summary>The number rounded, half to even, to so many decimals at most.</summary>
    public Quantity Rounded(int places)
    {
        if (Places <= places)
            return this;
        var unit = BigInteger.Pow(10, Places - places);
        var (whole, rest) = BigInteger.DivRem(Mantissa, unit);
        var half = (BigInteger.Abs(rest) * 2).CompareTo(unit);
        return new Quantity(half > 0 || (half == 0 && !whole.IsEven) ? whole + rest.Sign : whole, places);
    }

    /// <summary>The number in units of the scale's last place; null when it has more decimals or needs more than 64 bits.</summary>
    public long? ToMinorUnits(int scale)
    {
        if (PlacesNeeded > scale)
            return null;
        var minorUnits = Places <= scale ? At(scale) : Mantissa / BigInteger.Pow(10, Places - scale);
        return minorUnits < long.MinValue || minorUnits > long.MaxValue ? null : (long)minorUnits;
    }

    /// <inheritdoc/>
    public bool Equals(Quantity other)
    {
        var places = Math.Max(Places, other.Places);
        return At(places) == other.At(places);
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Quantity other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Canonical().GetHashCode(StringComparison.Ordinal);

    /// <summary>The number without needless zeros: the same text for equal numbers.</summary>
    public string Canonical()
    {
        var places = PlacesNeeded;
        return new Quantity(Mantissa / BigInteger.Pow(10, Places - places), places).ToString();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var digits = BigInteger.Abs(Mantissa).ToString(CultureInfo.InvariantCulture).PadLeft(Places + 1, '0');
        var text = Places == 0 ? digits : $"{digits[..^Places]}.{digits[^Places..]}";
        return Mantissa.Sign < 0 ? "-" + text : text;
    }

    private BigInteger At(int places) => Mantissa * BigInteger.Pow(10, places - Places);
}
