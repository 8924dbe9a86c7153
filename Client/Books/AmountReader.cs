namespace OrleansEs.Client.Books;

/// <summary>Reads amounts with what may follow them: costs, lots, balance assertions.</summary>
internal sealed class AmountReader(BookContext context)
{
    /// <summary>Whether an amount begins here.</summary>
    public static bool IsNext(LineScanner scanner) =>
        scanner.Next is '+' or '-' or '"' || NumberText.IsNext(scanner) || IsSymbol(scanner.Next);

    /// <summary>Reads an amount, its cost and its lot; lots are read over, as hledger does.</summary>
    /// <param name="scanner">The place; moved to behind it.</param>
    /// <param name="year">The year of a lot's date that names none.</param>
    public BookAmount ReadWithCost(LineScanner scanner, int? year)
    {
        var amount = Read(scanner);
        bool lot = false, lotDate = false;
        while (true)
        {
            scanner.SkipSpaces();
            if (amount.Cost is null && IsCost(scanner))
                amount = amount with { Cost = ReadCost(scanner) };
            else if (!lot && scanner.Next == '{')
                lot = ReadLot(scanner);
            else if (!lotDate && scanner.Next == '[')
                lotDate = ReadLotDate(scanner, year);
            else
                return amount;
        }
    }

    /// <summary>Reads a balance assertion, if one is next.</summary>
    public BookAssertion? ReadAssertion(LineScanner scanner)
    {
        scanner.SkipSpaces();
        if (!scanner.Skip('='))
            return null;
        var total = scanner.Skip('=');
        var inclusive = scanner.Skip('*');
        scanner.SkipSpaces();
        var balance = Read(scanner);
        scanner.SkipSpaces();
        if (IsCost(scanner))
            balance = balance with { Cost = ReadCost(scanner) };
        return new BookAssertion(balance, total, inclusive);
    }

    /// <summary>Reads a plain amount: no cost.</summary>
    public BookAmount Read(LineScanner scanner) => ReadStyled(scanner).Amount;

    /// <summary>Reads the sample amount of a directive, which must show its decimal mark.</summary>
    public (string Commodity, NumberStyle Style) ReadSample(LineScanner scanner)
    {
        var (amount, mark) = ReadStyled(scanner, isSample: true);
        return mark is { } decimalMark
            ? (amount.Commodity, new NumberStyle(decimalMark, amount.Quantity.Places))
            : throw new BookSyntaxException(
                scanner.Line, "the sample amount shows no decimal mark.", "Write it with one, such as 1000. or 1.000,00.");
    }

    /// <summary>Reads a commodity's symbol; null when none is next.</summary>
    public static string? ReadSymbol(LineScanner scanner)
    {
        if (!scanner.Skip('"'))
            return IsSymbol(scanner.Next) ? scanner.While(IsSymbol) : null;
        var quoted = scanner.While(c => c is not ('"' or ';'));
        return quoted.Length > 0 && scanner.Skip('"')
            ? quoted
            : throw scanner.Unexpected("the rest of a quoted commodity symbol");
    }

    private (BookAmount Amount, char? DecimalMark) ReadStyled(LineScanner scanner, bool isSample = false)
    {
        var negative = ReadSign(scanner);
        if (ReadSymbol(scanner) is { } left)
        {
            scanner.SkipSpaces();
            negative ^= ReadSign(scanner);
            return Make(NumberText.Read(scanner), left, context.StyleOf(left), negative);
        }
        var number = NumberText.Read(scanner);
        var end = scanner.Position;
        scanner.SkipSpaces();
        if (ReadSymbol(scanner) is { } right)
            return Make(number, right, context.StyleOf(right), negative);
        scanner.Position = end;
        var plain = isSample ? "" : context.Default?.Commodity ?? "";
        return Make(number, plain, isSample ? context.StyleOf("") : context.StyleOfPlainNumbers(), negative);
    }

    private static (BookAmount Amount, char? DecimalMark) Make(
        NumberText number, string commodity, NumberStyle? style, bool negative)
    {
        var value = number.Value(style);
        return (new BookAmount(negative ? -value : value, commodity), number.DecimalMark(style));
    }

    private static bool ReadSign(LineScanner scanner)
    {
        var negative = scanner.Next == '-';
        if (scanner.Next is '+' or '-')
        {
            scanner.Position++;
            scanner.SkipSpaces();
        }
        return negative;
    }

    private static bool IsCost(LineScanner scanner) => scanner.Next == '@' || (scanner.Next == '(' && scanner.Peek(1) == '@');

    private BookCost ReadCost(LineScanner scanner)
    {
        var parenthesised = scanner.Skip('(');
        scanner.Skip('@');
        var total = scanner.Skip('@');
        if (parenthesised && !scanner.Skip(')'))
            throw scanner.Unexpected("')' after the cost sign");
        scanner.SkipSpaces();
        return new BookCost(total, Read(scanner));
    }

    private bool ReadLot(LineScanner scanner)
    {
        scanner.Skip('{');
        var twice = scanner.Skip('{');
        scanner.SkipSpaces();
        scanner.Skip('=');
        scanner.SkipSpaces();
        Read(scanner);
        scanner.SkipSpaces();
        return scanner.Skip(twice ? "}}" : "}") ? true : throw scanner.Unexpected("the end of the lot price");
    }

    private bool ReadLotDate(LineScanner scanner, int? year)
    {
        scanner.Skip('[');
        DateReader.Read(scanner, year ?? context.Year);
        return scanner.Skip(']') ? true : throw scanner.Unexpected("']' after the lot's date");
    }

    private static bool IsSymbol(char c) =>
        c != '\0' && !char.IsAsciiDigit(c) && !LineScanner.IsSpace(c) && c is not (
            '"' or '*' or '+' or '-' or '.' or ';' or '=' or '@' or '{' or '}');
}
