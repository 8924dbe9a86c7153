namespace OrleansEs.Client.Books;

/// <summary>The lines of a book, one after the other.</summary>
internal sealed class BookLines
{
    private readonly string[] _lines;

    /// <summary>Takes a file's text; a byte-order mark is dropped, and lines may end in either way.</summary>
    public BookLines(string text)
    {
        _lines = text.TrimStart('\ufeff').Split('\n');
        for (var i = 0; i < _lines.Length; i++)
            _lines[i] = _lines[i].TrimEnd('\r');
    }

    /// <summary>The number of the current line, from 1; 0 before the first <see cref="MoveNext"/>.</summary>
    public int Number { get; private set; }

    /// <summary>The current line.</summary>
    public string Current => _lines[Number - 1];

    /// <summary>Whether the line after this one is indented and not blank, so that it belongs to this entry.</summary>
    public bool ContinuesIndented =>
        Number < _lines.Length && _lines[Number].Length > 0 && LineScanner.IsSpace(_lines[Number][0]) && !IsBlank(_lines[Number]);

    /// <summary>Whether a line holds nothing.</summary>
    public static bool IsBlank(string line) => line.All(LineScanner.IsSpace);

    /// <summary>Goes to the next line; false at the end.</summary>
    public bool MoveNext()
    {
        if (Number == _lines.Length)
            return false;
        Number++;
        return true;
    }

    /// <summary>A scanner at the beginning of the current line.</summary>
    public LineScanner Scan() => new(Current, Number);
}
