namespace OrleansEs.Client.Books;

/// <summary>A transaction with every amount known.</summary>
/// <param name="Source">As it was written.</param>
/// <param name="Postings">As many as were written, in that order.</param>
internal sealed record ResolvedTransaction(BookTransaction Source, IReadOnlyList<ResolvedPosting> Postings);

/// <summary>A posting with its amounts: usually one; one for each commodity where they were inferred.</summary>
/// <param name="Source">As it was written.</param>
/// <param name="Amounts">What it moves.</param>
internal sealed record ResolvedPosting(BookPosting Source, IReadOnlyList<BookAmount> Amounts)
{
    /// <summary>Whether the amounts are not written there but follow from others.</summary>
    public bool IsInferred => Source.Amount is null;
}
