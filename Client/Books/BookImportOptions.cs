namespace OrleansEs.Client.Books;

/// <summary>How an import is done.</summary>
internal sealed record BookImportOptions
{
    /// <summary>Who asks.</summary>
    public string Actor { get; init; } = "import";

    /// <summary>How long one command may take. Transfers of hundreds of postings take longer than a payment.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many commands are under way at once: enough to fill a group commit, few enough to wait for.</summary>
    public int Parallel { get; init; } = 64;

    /// <summary>How often a command that nobody answered is sent again before the import stops.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The pause before the first repetition; each further one is twice as long.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(100);
}
