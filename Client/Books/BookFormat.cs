namespace OrleansEs.Client.Books;

/// <summary>What an export writes.</summary>
internal enum BookFormat
{
    /// <summary>A book that hledger reads: money that moved.</summary>
    Journal,

    /// <summary>One JSON document a line: every event of the log.</summary>
    JsonLines,
}
