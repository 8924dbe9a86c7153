using System.Globalization;

namespace OrleansEs.Client.Books;

/// <summary>Reads dates: <c>2024-01-31</c>, <c>2024/1/31</c>, <c>2024.1.31</c>, or <c>1/31</c> where a year is known.</summary>
internal static class DateReader
{
    /// <summary>Reads a date.</summary>
    /// <param name="scanner">The place; moved to behind it.</param>
    /// <param name="year">The year of a date that names none; null when none is known.</param>
    public static DateOnly Read(LineScanner scanner, int? year)
    {
        var start = scanner.Position;
        var first = scanner.While(char.IsAsciiDigit);
        var separator = scanner.Next;
        if (first.Length == 0 || separator is not ('-' or '/' or '.'))
            throw scanner.Unexpected("a date such as 2024-01-31");
        scanner.Position++;
        var second = scanner.While(char.IsAsciiDigit);
        if (second.Length == 0)
            throw scanner.Unexpected("a date such as 2024-01-31");
        if (first.Length < 4)
            return Make(scanner, start, year ?? throw NoYear(scanner), first, second);
        if (!scanner.Skip(separator))
            throw scanner.Unexpected($"'{separator}' and the day: a date has the same separator twice,");
        var third = scanner.While(char.IsAsciiDigit);
        return third.Length > 0 ? Make(scanner, start, Number(first), second, third) : throw scanner.Unexpected("the day");
    }

    private static DateOnly Make(LineScanner scanner, int start, int year, string month, string day)
    {
        if (year is >= 1 and <= 9999 && Number(month) is >= 1 and <= 12 and var monthNumber
            && Number(day) >= 1 && Number(day) <= DateTime.DaysInMonth(year, monthNumber))
            return new DateOnly(year, monthNumber, Number(day));
        scanner.Position = start;
        throw new BookSyntaxException(
            scanner.Line, $"'{scanner.While(c => !LineScanner.IsSpace(c))}' is no day of the calendar.", "Correct the date.");
    }

    private static BookSyntaxException NoYear(LineScanner scanner) => new(
        scanner.Line, "the date names no year and no default year is known.", "Write the year, or put 'Y2024' above.");

    // A number too long to be one is no year, month or day either.
    private static int Number(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
}
