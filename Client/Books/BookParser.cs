namespace OrleansEs.Client.Books;

/// <summary>
/// Reads plain-text accounting journals in hledger's format (that of version 1.25, with <c>year</c> and <c>apply year</c> of
/// later ones). Pure: text in; a book, or all that is wrong with the text, out.
/// </summary>
internal sealed class BookParser
{
    // Whoever gives us a file of another kind wants to know that, not to read of each of its lines.
    private const int ErrorsMax = 20;

    private readonly string _file;
    private readonly BookLines _lines;
    private readonly BookContext _context = new();
    private readonly DirectiveReader _directives;
    private readonly TransactionReader _transactions;
    private readonly List<BookTransaction> _read = [];
    private readonly List<BookError> _errors = [];

    private BookParser(string text, string file)
    {
        _file = file;
        _lines = new BookLines(text);
        var amounts = new AmountReader(_context);
        _directives = new DirectiveReader(_context, amounts);
        _transactions = new TransactionReader(_context, amounts);
    }

    /// <summary>Reads a book.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="file">The file's name, for the errors.</param>
    /// <returns>The book; or null and the errors, the first 20 at most.</returns>
    public static (Book? Book, IReadOnlyList<BookError> Errors) Parse(string text, string file) =>
        new BookParser(text, file).Parse();

    private (Book? Book, IReadOnlyList<BookError> Errors) Parse()
    {
        while (_errors.Count < ErrorsMax && _lines.MoveNext())
        {
            try
            {
                ReadEntry();
            }
            catch (BookSyntaxException syntax)
            {
                _errors.Add(new BookError(_file, syntax.Line, syntax.Message, syntax.Remedy));
                SkipEntry();
            }
        }
        return _errors.Count > 0 ? (null, _errors) : (new Book(_file, _read, _context.Places()), []);
    }

    private void ReadEntry()
    {
        var line = _lines.Current;
        if (BookLines.IsBlank(line) || line.TrimStart()[0] is ';' or '#' or '*')
            return;
        if (LineScanner.IsSpace(line[0]))
            throw new BookSyntaxException(
                _lines.Number, "an indented line belongs to no entry.", "Remove the blank line above it, or the indentation.");
        if (char.IsAsciiDigit(line[0]))
            _read.Add(_transactions.Read(_lines));
        else if (line.TrimEnd() == "comment")
            SkipCommentBlock();
        else
            _directives.Read(_lines);
    }

    private void SkipCommentBlock()
    {
        while (_lines.MoveNext())
        {
            if (_lines.Current.TrimEnd() == "end comment")
                return;
            if (_lines.Current.StartsWith("end comment", StringComparison.Ordinal))
                throw new BookSyntaxException(
                    _lines.Number, "something follows 'end comment', so that it ends nothing.", "Write 'end comment' alone.");
        }
    }

    private void SkipEntry()
    {
        while (_lines.ContinuesIndented && _lines.MoveNext())
        {
            // The lines of an entry that cannot be read say nothing more.
        }
    }
}
