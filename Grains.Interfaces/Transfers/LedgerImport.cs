namespace OrleansEs.Ledger.Transfers;

/// <summary>
/// Posts many transfers at once, much faster than one by one: for imports. It takes what is simple and leaves the rest to
/// <see cref="ITransferGrain.Create"/>: what it leaves is exactly as if it had never been asked. The key is any text. Each key
/// remembers the accounts it worked with, so transfers that share accounts are best sent to one: two keys that change the same
/// accounts at once find each other's changes in the way, and most of it then goes one by one.
/// </summary>
[Alias("ledger.import")]
public interface ILedgerImportGrain : IGrainWithStringKey
{
    /// <summary>The most transfers of one chunk.</summary>
    public const int TransfersMax = 1_000;

    /// <summary>The most postings of one chunk, over all its transfers.</summary>
    public const int PostingsMax = 5_000;

    /// <summary>
    /// Creates and completes the transfers, all that it takes in one transaction, or a few where others change the same accounts:
    /// none of them is ever under way. Its events are those that <see cref="ITransferGrain.Create"/> would lead to, under the same
    /// ids, so either way recognises the other's.
    /// </summary>
    /// <param name="chunk">The transfers, in order: at most <see cref="TransfersMax"/> and <see cref="PostingsMax"/>.</param>
    [Alias("post")]
    Task<ImportAnswer> Post(IReadOnlyList<ImportedTransfer> chunk);
}

/// <summary>A transfer to be posted with others.</summary>
/// <param name="Id">The transfer's id.</param>
/// <param name="Command">The transfer.</param>
/// <param name="Header">What goes with it: as with <see cref="ITransferGrain.Create"/>. The shortest timeout counts for all.</param>
[GenerateSerializer, Immutable, Alias("ledger.imported-transfer")]
public sealed record ImportedTransfer(
    [property: Id(0)] string Id, [property: Id(1)] CreateTransfer Command, [property: Id(2)] CommandHeader Header);

/// <summary>The answer to a chunk of transfers.</summary>
/// <param name="Results">
/// One for each transfer, in their order. Null: it was left out and nothing of it was written; send it to
/// <see cref="ITransferGrain.Create"/>, which does it, or says why not.
/// </param>
/// <param name="Tokens">The read tokens of everything that was done, the accounts' events included.</param>
[GenerateSerializer, Immutable, Alias("ledger.import-answer")]
public sealed record ImportAnswer(
    [property: Id(0)] IReadOnlyList<CommandResult?> Results, [property: Id(1)] IReadOnlyList<string> Tokens);
