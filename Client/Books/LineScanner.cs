using System.Globalization;
using System.Text;
using OrleansEs.Ledger;

namespace OrleansEs.Client.Books;

/// <summary>A place in one line of a book, which the readers move on.</summary>
internal sealed class LineScanner(string text, int line)
{
    /// <summary>The line's number, from 1.</summary>
    public int Line { get; } = line;

    /// <summary>The index of the next character.</summary>
    public int Position { get; set; }

    /// <summary>Whether nothing is left.</summary>
    public bool IsAtEnd => Position >= text.Length;

    /// <summary>The next character; zero at the end.</summary>
    public char Next => Peek(0);

    /// <summary>What is left of the line.</summary>
    public string Rest => text[Math.Min(Position, text.Length)..];

    /// <summary>Whether a character is white space within a line.</summary>
    public static bool IsSpace(char c) =>
        c is '\t' or '\v' or '\f' or '\r' || char.GetUnicodeCategory(c) == UnicodeCategory.SpaceSeparator;

    /// <summary>A character further on; zero behind the end.</summary>
    public char Peek(int distance) => Position + distance < text.Length ? text[Position + distance] : '\0';

    /// <summary>Moves past white space; says whether there was any.</summary>
    public bool SkipSpaces()
    {
        var start = Position;
        while (!IsAtEnd && IsSpace(Next))
            Position++;
        return Position > start;
    }

    /// <summary>Moves past a character if it is next.</summary>
    public bool Skip(char expected)
    {
        if (IsAtEnd || Next != expected)
            return false;
        Position++;
        return true;
    }

    /// <summary>Moves past a text if it is next.</summary>
    public bool Skip(string expected)
    {
        if (string.CompareOrdinal(text, Position, expected, 0, expected.Length) != 0)
            return false;
        Position += expected.Length;
        return true;
    }

    /// <summary>Reads as long as the characters are wanted; may be empty.</summary>
    public string While(Func<char, bool> wanted)
    {
        var start = Position;
        while (!IsAtEnd && wanted(Next))
            Position++;
        return text[start..Position];
    }

    /// <summary>Reads a name that ends at two spaces, a tab beside a space, or the end of the line.</summary>
    public string SingleSpaced()
    {
        var name = new StringBuilder();
        while (!IsAtEnd)
        {
            if (!IsSpace(Next))
                name.Append(Next);
            else if (Position + 1 >= text.Length || IsSpace(Peek(1)))
                break;
            else
                name.Append(' ');
            Position++;
        }
        return name.ToString();
    }

    /// <summary>The line holds something else than what must follow.</summary>
    public BookSyntaxException Unexpected(string expected) => new(
        Line,
        $"{(IsAtEnd ? "the line ends" : $"'{LedgerText.Shown(Rest)}' stands")} where {expected} must follow.",
        "Correct the line.");
}
