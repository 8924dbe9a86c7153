using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Books;

/// <summary>
/// Cuts a plan's transfers into chunks, in order. The first ones are small: whoever watches sees at once that it goes on, and
/// a book that the ledger does not take is known before much of it was sent.
/// </summary>
internal static class PostingChunks
{
    private const int FirstMax = 25;

    // About as much as a transaction is made for: some thousand events. More hardly makes it faster, and others wait longer.
    private const int TransfersMax = 500;

    /// <summary>The chunks, each within the limits of <see cref="ILedgerImportGrain"/>.</summary>
    public static IEnumerable<IReadOnlyList<PlannedTransfer>> Of(IReadOnlyList<PlannedTransfer> transfers)
    {
        var (chunk, postings, max) = (new List<PlannedTransfer>(), 0, FirstMax);
        foreach (var transfer in transfers)
        {
            if (chunk.Count > 0
                && (chunk.Count >= max || postings + transfer.Command.Postings.Count > ILedgerImportGrain.PostingsMax))
            {
                yield return chunk;
                (chunk, postings, max) = ([], 0, Math.Min(2 * max, TransfersMax));
            }
            chunk.Add(transfer);
            postings += transfer.Command.Postings.Count;
        }
        if (chunk.Count > 0)
            yield return chunk;
    }
}
