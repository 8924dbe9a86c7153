using OrleansEs.Client.Books;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Specs.Books;

/// <summary>How a plan's transfers are cut into chunks.</summary>
public sealed class PostingChunksSpecs
{
    [Fact]
    public void The_first_chunks_are_small_and_all_transfers_come_in_their_order()
    {
        var transfers = Enumerable.Range(0, 2_000).Select(number => Transfer(number, 2)).ToArray();
        var chunks = PostingChunks.Of(transfers).ToArray();
        Assert.Equal([25, 50, 100, 200, 400, 500, 500, 225], chunks.Select(chunk => chunk.Count));
        Assert.Equal(transfers, chunks.SelectMany(chunk => chunk));
        Assert.Empty(PostingChunks.Of([]));
    }

    [Fact]
    public void No_chunk_has_more_postings_than_the_ledger_takes_at_once()
    {
        var chunks = PostingChunks.Of([.. Enumerable.Range(0, 23).Select(number => Transfer(number, 999))]).ToArray();
        Assert.Equal([5, 5, 5, 5, 3], chunks.Select(chunk => chunk.Count));
    }

    private static PlannedTransfer Transfer(int number, int postings) => new(
        $"t-{number}", Guid.Empty, number, default,
        new CreateTransfer([.. Enumerable.Repeat(new Posting("a", new Money(1, Asset.Parse("EUR"))), postings)], null), null);
}
