namespace OrleansEs.Ledger.Transfers;

/// <summary>One leg of a transfer.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Amount">Negative: the account pays; positive: it receives. Never zero.</param>
[GenerateSerializer, Immutable, Alias("transfer.posting")]
public sealed record Posting([property: Id(0)] string AccountId, [property: Id(1)] Money Amount);

/// <summary>Asks for a transfer: two or more postings that sum to zero per asset.</summary>
/// <param name="Postings">2 to 1,000 postings.</param>
/// <param name="Memo">A note; null for none.</param>
[GenerateSerializer, Immutable, Alias("transfer.create")]
public sealed record CreateTransfer(
    [property: Id(0)] IReadOnlyList<Posting> Postings, [property: Id(1)] string? Memo);

/// <summary>Where a transfer stands.</summary>
public enum TransferStatus
{
    /// <summary>It asks the paying accounts to hold the funds.</summary>
    Holding,

    /// <summary>It credits the receiving accounts.</summary>
    Crediting,

    /// <summary>It captures the holds.</summary>
    Capturing,

    /// <summary>It gives back what it had held or credited, since somebody refused.</summary>
    Compensating,

    /// <summary>Done: an end.</summary>
    Completed,

    /// <summary>Refused, and everything given back: an end.</summary>
    Failed,
}

/// <summary>A transfer, keyed by its client-made id (same grammar as an account id).</summary>
[Alias("ledger.transfer")]
public interface ITransferGrain : IGrainWithStringKey
{
    /// <summary>
    /// Creates the transfer and drives it to its end, as far as the timeout allows; it goes on by itself after that.
    /// Done means completed; refused means failed and compensated, or never accepted; unavailable with status in
    /// <see cref="TransferResult.Transfer"/> set means under way.
    /// </summary>
    [Alias("create")]
    Task<TransferResult> Create(CreateTransfer command, CommandHeader header);

    /// <summary>The transfer now; null when it was not created.</summary>
    [Alias("show")]
    Task<TransferView?> Show();

    /// <summary>Drives it on, if it is not at its end. Harmless at any time.</summary>
    [Alias("resume")]
    Task Resume();
}

/// <summary>The answer to a transfer command.</summary>
/// <param name="Result">How the command ended.</param>
/// <param name="Transfer">The transfer after it; null when there is none.</param>
/// <param name="Tokens">The read tokens of everything it did, the accounts' events included.</param>
[GenerateSerializer, Immutable, Alias("ledger.transfer-result")]
public sealed record TransferResult(
    [property: Id(0)] CommandResult Result,
    [property: Id(1)] TransferView? Transfer,
    [property: Id(2)] IReadOnlyList<string> Tokens);

/// <summary>A transfer as people see it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Postings">Its legs.</param>
/// <param name="Memo">A note; null for none.</param>
/// <param name="Failure">Why it failed or is being compensated; null otherwise.</param>
/// <param name="Version">How many events it has had.</param>
/// <param name="CreatedAt">When it was recorded, UTC.</param>
/// <param name="EffectiveDate">From when on it holds.</param>
/// <param name="CorrelationId">What it belongs to.</param>
/// <param name="Token">The read token of its last event.</param>
[GenerateSerializer, Immutable, Alias("ledger.transfer-view")]
public sealed record TransferView(
    [property: Id(0)] string Id,
    [property: Id(1)] TransferStatus Status,
    [property: Id(2)] IReadOnlyList<Posting> Postings,
    [property: Id(3)] string? Memo,
    [property: Id(4)] Refusal? Failure,
    [property: Id(5)] long Version,
    [property: Id(6)] DateTimeOffset CreatedAt,
    [property: Id(7)] DateOnly EffectiveDate,
    [property: Id(8)] string? CorrelationId,
    [property: Id(9)] string? Token);
