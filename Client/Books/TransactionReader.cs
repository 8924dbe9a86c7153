namespace OrleansEs.Client.Books;

/// <summary>Reads a transaction: its first line and the indented ones that follow.</summary>
internal sealed class TransactionReader(BookContext context, AmountReader amounts)
{
    /// <summary>Reads the transaction that begins on the current line.</summary>
    public BookTransaction Read(BookLines lines)
    {
        var scanner = lines.Scan();
        var date = DateReader.Read(scanner, context.Year);
        ReadSecondaryDate(scanner, date);
        if (!scanner.IsAtEnd && !LineScanner.IsSpace(scanner.Next))
            throw scanner.Unexpected("a space");
        scanner.SkipSpaces();
        SkipStatus(scanner);
        var code = ReadCode(scanner);
        var description = scanner.While(c => c != ';').Trim();
        var transaction = new BookTransaction(lines.Number, date, code, description, []);

        var postings = new List<BookPosting>();
        while (lines.ContinuesIndented && lines.MoveNext())
        {
            var posting = lines.Scan();
            posting.SkipSpaces();
            if (posting.Next != ';')
                postings.Add(ReadPosting(posting, date));
            else if (postings.Count > 0)
                PostingDates.Check(posting.Rest, posting.Line, date);
        }
        return transaction with { Postings = postings };
    }

    private BookPosting ReadPosting(LineScanner scanner, DateOnly date)
    {
        SkipStatus(scanner);
        var account = scanner.SingleSpaced();
        if (account.Length == 0)
            throw scanner.Unexpected("an account name");
        if (account is ['(', .., ')'] or ['[', .., ']'])
            throw new BookSyntaxException(
                scanner.Line, $"a virtual posting ('{account}') is not supported.",
                "Post to a real account, or remove the posting.");
        scanner.SkipSpaces();
        BookAmount? amount = null;
        if (AmountReader.IsNext(scanner))
        {
            amount = amounts.ReadWithCost(scanner, date.Year);
            context.See(amount);
        }
        var assertion = amounts.ReadAssertion(scanner);
        scanner.SkipSpaces();
        if (!scanner.IsAtEnd && scanner.Next != ';')
            throw scanner.Unexpected("the end of the posting");
        PostingDates.Check(scanner.Rest, scanner.Line, date);
        return new BookPosting(scanner.Line, account, amount, assertion);
    }

    private static void ReadSecondaryDate(LineScanner scanner, DateOnly date)
    {
        var start = scanner.Position;
        scanner.SkipSpaces();
        if (!scanner.Skip('='))
        {
            scanner.Position = start;
            return;
        }
        scanner.SkipSpaces();
        DateReader.Read(scanner, date.Year);
    }

    private static void SkipStatus(LineScanner scanner)
    {
        if (scanner.Next is '!' or '*')
            scanner.Position++;
        scanner.SkipSpaces();
    }

    private static string? ReadCode(LineScanner scanner)
    {
        if (!scanner.Skip('('))
            return null;
        var code = scanner.While(c => c != ')');
        return scanner.Skip(')') ? code : throw scanner.Unexpected("')' after the code");
    }
}
