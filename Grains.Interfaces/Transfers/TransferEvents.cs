namespace OrleansEs.Ledger.Transfers;

/// <summary>What has happened to a transfer. The aliases are the names in the log: they are frozen.</summary>
[GenerateSerializer, Immutable, Alias("transfer.event")]
public abstract record TransferEvent
{
    private protected TransferEvent() { }
}

/// <summary>The transfer was accepted and began.</summary>
/// <param name="Postings">Its legs.</param>
/// <param name="Memo">A note; null for none.</param>
[GenerateSerializer, Immutable, Alias("transfer.created")]
public sealed record TransferCreated(
    [property: Id(0)] IReadOnlyList<Posting> Postings, [property: Id(1)] string? Memo) : TransferEvent;

/// <summary>All paying accounts hold the funds.</summary>
[GenerateSerializer, Immutable, Alias("transfer.held")]
public sealed record TransferHeld : TransferEvent;

/// <summary>All receiving accounts have been credited.</summary>
[GenerateSerializer, Immutable, Alias("transfer.credited")]
public sealed record TransferCredited : TransferEvent;

/// <summary>All holds have been captured: an end.</summary>
[GenerateSerializer, Immutable, Alias("transfer.completed")]
public sealed record TransferCompleted : TransferEvent;

/// <summary>An account refused; what was held or credited is to be given back.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Reason">Its reason.</param>
[GenerateSerializer, Immutable, Alias("transfer.refused")]
public sealed record TransferRefused(
    [property: Id(0)] string AccountId, [property: Id(1)] Refusal Reason) : TransferEvent;

/// <summary>Everything was given back: an end.</summary>
[GenerateSerializer, Immutable, Alias("transfer.failed")]
public sealed record TransferFailed : TransferEvent;
