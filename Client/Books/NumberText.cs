using System.Globalization;
using System.Numerics;

namespace OrleansEs.Client.Books;

/// <summary>
/// A number as written, before it is known whether a single mark in it groups digits or begins the decimals: <c>1,000</c> is
/// one or a thousand, and the commodity behind it decides.
/// </summary>
internal sealed class NumberText
{
    // More is no amount of anything; hledger draws the same line for decimals.
    private const int DigitsMax = 255;

    private readonly LineScanner _place;
    private readonly List<string> _groups = [];
    private readonly string _decimals = "";
    private readonly char? _groupMark;
    private readonly char? _decimalMark;
    private readonly int? _exponent;

    private NumberText(LineScanner scanner)
    {
        _place = scanner;
        if (scanner.Next == '.')
        {
            _groups.Add("0");
        }
        else
        {
            _groups.Add(Digits(scanner));
            while (IsGroupMark(scanner.Next) && char.IsAsciiDigit(scanner.Peek(1))
                && (_groupMark is null || _groupMark == scanner.Next))
            {
                _groupMark = scanner.Next;
                scanner.Position++;
                _groups.Add(Digits(scanner));
            }
        }
        if (scanner.Next is '.' or ',' && scanner.Next != _groupMark)
        {
            _decimalMark = scanner.Next;
            scanner.Position++;
            _decimals = Digits(scanner);
        }
        if (scanner.Next is '.' or ',' || (scanner.Next == ' ' && char.IsAsciiDigit(scanner.Peek(1))))
            throw scanner.Unexpected("the end of the number, which has its decimal mark already,");
        _exponent = Exponent(scanner);
        if (_groups.Sum(group => group.Length) > DigitsMax || _decimals.Length > DigitsMax)
            throw new BookSyntaxException(scanner.Line, $"the number has more than {DigitsMax} digits.", "Write fewer digits.");
    }

    /// <summary>Whether one can begin here.</summary>
    public static bool IsNext(LineScanner scanner) =>
        char.IsAsciiDigit(scanner.Next) || (scanner.Next == '.' && char.IsAsciiDigit(scanner.Peek(1)));

    /// <summary>Reads one.</summary>
    public static NumberText Read(LineScanner scanner) =>
        IsNext(scanner) ? new NumberText(scanner) : throw scanner.Unexpected("a number");

    /// <summary>Its decimal mark, given how such numbers are written; null when it has none.</summary>
    public char? DecimalMark(NumberStyle? style) => SingleMarkIsDecimal(style) ? _groupMark : _decimalMark;

    /// <summary>Its value, given how such numbers are written.</summary>
    public Quantity Value(NumberStyle? style)
    {
        var decimals = SingleMarkIsDecimal(style) ? _groups[1] : _decimals;
        var whole = SingleMarkIsDecimal(style) ? _groups[0] : string.Concat(_groups);
        if (_exponent is null)
            return new Quantity(BigInteger.Parse(whole + decimals, CultureInfo.InvariantCulture), decimals.Length);
        if (_groupMark is not null && !SingleMarkIsDecimal(style))
            throw new BookSyntaxException(
                _place.Line, "a number has digit groups and an exponent.", "Write it without the one or the other.");
        var mantissa = BigInteger.Parse(whole + decimals, CultureInfo.InvariantCulture);
        var places = decimals.Length - _exponent.Value;
        return places >= 0 ? new Quantity(mantissa, places) : new Quantity(mantissa * BigInteger.Pow(10, -places), 0);
    }

    // Without a declaration a single mark begins the decimals, as in hledger: 1,000 is one.
    private bool SingleMarkIsDecimal(NumberStyle? style) =>
        _decimalMark is null && _groups.Count == 2 && _groupMark is '.' or ','
        && (style is null || style.DecimalMark == _groupMark);

    private static bool IsGroupMark(char c) => c is '.' or ',' or ' ' or '\u00a0' or '\u2009' or '\u202f';

    private static string Digits(LineScanner scanner) => scanner.While(char.IsAsciiDigit);

    private static int? Exponent(LineScanner scanner)
    {
        var start = scanner.Position;
        if (scanner.Next is not ('e' or 'E'))
            return null;
        scanner.Position++;
        var negative = scanner.Next == '-';
        if (scanner.Next is '+' or '-')
            scanner.Position++;
        var digits = Digits(scanner);
        if (digits.Length == 0)
        {
            scanner.Position = start;
            return null;
        }
        if (digits.Length > 3 || int.Parse(digits, CultureInfo.InvariantCulture) > DigitsMax)
            throw new BookSyntaxException(scanner.Line, $"the exponent is beyond {DigitsMax}.", "Write the number in full.");
        var exponent = int.Parse(digits, CultureInfo.InvariantCulture);
        return negative ? -exponent : exponent;
    }
}
