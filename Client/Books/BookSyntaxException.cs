namespace OrleansEs.Client.Books;

/// <summary>
/// What a reader found cannot be read. It never leaves the parser, which makes a <see cref="BookError"/> of it and goes on
/// with the next entry, so that one run shows all that is wrong.
/// </summary>
internal sealed class BookSyntaxException : Exception
{
    /// <summary>Says what is wrong on which line, and what to do.</summary>
    public BookSyntaxException(int line, string message, string remedy) : base(message)
    {
        Line = line;
        Remedy = remedy;
    }

    /// <summary>The line, from 1.</summary>
    public int Line { get; }

    /// <summary>What to do about it.</summary>
    public string Remedy { get; }
}
