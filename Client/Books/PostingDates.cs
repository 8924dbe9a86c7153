using System.Text.RegularExpressions;

namespace OrleansEs.Client.Books;

/// <summary>
/// Finds the dates that a posting's comment gives it. A transfer has one effective date, so a posting with another one is
/// refused; the secondary date is only checked.
/// </summary>
internal static partial class PostingDates
{
    /// <summary>Checks a posting's comment.</summary>
    public static void Check(string comment, int line, DateOnly transactionDate)
    {
        foreach (Match tag in DateTag().Matches(comment))
            CheckDate(tag.Groups["date"].Value, line, transactionDate, isSecondary: tag.Groups["second"].Success);
        foreach (Match bracket in Bracketed().Matches(comment))
        {
            var dates = bracket.Groups["dates"].Value.Split('=', 2);
            if (dates[0].Length > 0)
                CheckDate(dates[0], line, transactionDate, isSecondary: false);
            if (dates.Length == 2)
                CheckDate(dates[1], line, transactionDate, isSecondary: true);
        }
    }

    private static void CheckDate(string text, int line, DateOnly transactionDate, bool isSecondary)
    {
        var date = DateReader.Read(new LineScanner(text, line), transactionDate.Year);
        if (!isSecondary && date != transactionDate)
            throw new BookSyntaxException(
                line, "a posting date that differs from the transaction's date is not supported.",
                "Split the transaction into one for each date, or remove the posting's date.");
    }

    [GeneratedRegex(@"(?<![^\s,;])date(?<second>2)?:[ \t]*(?<date>[^,\s]*)")]
    private static partial Regex DateTag();

    [GeneratedRegex(@"\[(?<dates>(?=[^\]]*[0-9])(?=[^\]]*[-/.=])[-0-9/.=]+)\]")]
    private static partial Regex Bracketed();
}
