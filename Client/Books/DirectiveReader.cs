using System.Globalization;
using OrleansEs.Ledger;

namespace OrleansEs.Client.Books;

/// <summary>Reads directives: those without postings are understood or read over, all others are refused by name.</summary>
internal sealed class DirectiveReader(BookContext context, AmountReader amounts)
{
    /// <summary>Reads the directive of the current line and the indented lines that belong to it.</summary>
    public void Read(BookLines lines)
    {
        var scanner = lines.Scan();
        scanner.Skip('!');
        var word = scanner.While(c => !LineScanner.IsSpace(c) && !char.IsAsciiDigit(c));
        switch (word)
        {
            case "account":
                ReadName(scanner, "an account name");
                SkipSubdirectives(lines);
                break;
            case "payee" or "tag":
                ReadName(scanner, $"the {word}'s name");
                SkipComments(lines);
                break;
            case "commodity":
                ReadCommodity(scanner, lines);
                break;
            case "D":
                scanner.SkipSpaces();
                context.Default = amounts.ReadSample(scanner);
                End(scanner);
                break;
            case "P":
                ReadPrice(scanner);
                break;
            case "decimal-mark":
                ReadDecimalMark(scanner);
                break;
            case "Y" or "year":
                ReadYear(scanner);
                break;
            case "apply" when scanner.Skip(" year"):
                ReadYear(scanner);
                break;
            // Conversions and "this commodity has no price" concern reports only.
            case "C" or "N" when LineScanner.IsSpace(scanner.Next):
                break;
            default:
                throw Refused(lines);
        }
    }

    private void ReadCommodity(LineScanner scanner, BookLines lines)
    {
        if (!scanner.SkipSpaces())
            throw scanner.Unexpected("a commodity");
        var start = scanner.Position;
        var symbol = AmountReader.ReadSymbol(scanner);
        scanner.SkipSpaces();
        if (symbol is null || !(scanner.IsAtEnd || scanner.Next == ';'))
        {
            scanner.Position = start;
            var sample = amounts.ReadSample(scanner);
            context.Declare(sample.Commodity, sample.Style);
            End(scanner);
            SkipComments(lines);
            return;
        }
        while (lines.ContinuesIndented && lines.MoveNext())
        {
            var sub = lines.Scan();
            sub.SkipSpaces();
            if (sub.Next == ';')
                continue;
            if (!sub.Skip("format") || !sub.SkipSpaces())
                throw sub.Unexpected("'format' or a comment");
            var sample = amounts.ReadSample(sub);
            if (sample.Commodity != symbol)
                throw new BookSyntaxException(
                    sub.Line, $"the format is of '{sample.Commodity}', the commodity is '{symbol}'.",
                    "Write the same symbol in both.");
            context.Declare(symbol, sample.Style);
            End(sub);
        }
    }

    private void ReadPrice(LineScanner scanner)
    {
        if (!scanner.SkipSpaces())
            throw scanner.Unexpected("a date");
        // A price moves no money, so that its year need not be known.
        DateReader.Read(scanner, context.Year ?? 2000);
        scanner.SkipSpaces();
        if (char.IsAsciiDigit(scanner.Next))
            scanner.While(c => char.IsAsciiDigit(c) || c == ':');
        scanner.SkipSpaces();
        if (AmountReader.ReadSymbol(scanner) is null)
            throw scanner.Unexpected("the commodity that is priced");
        scanner.SkipSpaces();
        context.See(amounts.Read(scanner));
        End(scanner);
    }

    private void ReadDecimalMark(LineScanner scanner)
    {
        scanner.SkipSpaces();
        if (scanner.Next is not ('.' or ','))
            throw scanner.Unexpected("'.' or ','");
        context.DecimalMark = new NumberStyle(scanner.Next, 0);
        scanner.Position++;
        End(scanner);
    }

    private void ReadYear(LineScanner scanner)
    {
        scanner.SkipSpaces();
        var digits = scanner.While(char.IsAsciiDigit);
        if (digits.Length < 4 || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var year)
            || year is < 1 or > 9999)
            throw new BookSyntaxException(scanner.Line, $"'{digits}' is no year.", "Write four digits, such as Y2024.");
        context.Year = year;
        End(scanner);
    }

    private static void ReadName(LineScanner scanner, string what)
    {
        if (!scanner.SkipSpaces() || scanner.SingleSpaced().Length == 0)
            throw scanner.Unexpected(what);
        End(scanner);
    }

    private static void End(LineScanner scanner)
    {
        scanner.SkipSpaces();
        if (!scanner.IsAtEnd && scanner.Next != ';')
            throw scanner.Unexpected("the end of the line or a comment");
    }

    private static void SkipSubdirectives(BookLines lines)
    {
        while (lines.ContinuesIndented && lines.MoveNext())
        {
            // What stands under an account is for other programs.
        }
    }

    private static void SkipComments(BookLines lines)
    {
        while (lines.ContinuesIndented && lines.MoveNext())
        {
            var sub = lines.Scan();
            sub.SkipSpaces();
            if (sub.Next != ';')
                throw sub.Unexpected("a comment");
        }
    }

    private static BookSyntaxException Refused(BookLines lines)
    {
        var line = lines.Current.TrimStart('!');
        var word = line.Split(' ', '\t')[0];
        // Only a known construct's own lines are read over; after an unknown word each line is an error of its own.
        return line switch
        {
            ['=', ..] => Unsupported(
                "an automated posting rule ('=')", "Write the postings into the transactions: hledger print --auto."),
            ['~', ..] => Unsupported("a periodic transaction ('~')", "Write the transactions out, or remove the rule."),
            _ when word == "include" => Unsupported("'include'", "Import each file by itself, or one made by: hledger print."),
            _ when word == "alias" || line.StartsWith("end aliases", StringComparison.Ordinal) =>
                Unsupported("an account alias", "Write the names out: hledger print applies aliases."),
            _ when line.StartsWith("apply account", StringComparison.Ordinal)
                || line.StartsWith("end apply account", StringComparison.Ordinal) =>
                Unsupported("'apply account'", "Write the full account names: hledger print does."),
            _ when word == "end" => Unsupported($"'{line.TrimEnd()}'", "Remove the line and what it ends."),
            _ when word is "i" or "I" or "o" or "O" or "b" or "h" =>
                Unsupported("a time clock entry", "Convert it: hledger print."),
            _ => Unsupported($"'{LedgerText.Shown(word)}'", "Remove the line or begin it with ';'."),
        };

        BookSyntaxException Unsupported(string construct, string remedy) =>
            new(lines.Number, $"{construct} is not supported.", remedy);
    }
}
