using System.Collections.Immutable;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Transfers;

/// <summary>A transfer as its events made it.</summary>
[GenerateSerializer, Immutable, Alias("ledger.transfer-state")]
public sealed record TransferState
{
    /// <summary>A transfer that was never created.</summary>
    public static TransferState Initial { get; } = new();

    /// <summary>Where it stands; null until it is created.</summary>
    [Id(0)]
    public TransferStatus? Status { get; init; }

    /// <summary>Its legs.</summary>
    [Id(1)]
    public ImmutableArray<Posting> Postings { get; init; } = [];

    /// <summary>A note; null for none.</summary>
    [Id(2)]
    public string? Memo { get; init; }

    /// <summary>Why it failed or is being compensated; null otherwise.</summary>
    [Id(3)]
    public Refusal? Failure { get; init; }

    /// <summary>What it was doing when an account refused: how much there is to give back. Null when none did.</summary>
    [Id(4)]
    public TransferStatus? RefusedWhile { get; init; }

    /// <summary>True when nothing more will happen to it.</summary>
    public bool IsEnded => Status is TransferStatus.Completed or TransferStatus.Failed;

    /// <summary>The state after an event. It is total: it decides nothing and refuses nothing.</summary>
    public TransferState Evolve(TransferEvent @event) => @event switch
    {
        TransferCreated created => this with
        {
            Status = TransferStatus.Holding, Postings = [.. created.Postings], Memo = created.Memo,
        },
        TransferHeld => this with { Status = TransferStatus.Crediting },
        TransferCredited => this with { Status = TransferStatus.Capturing },
        TransferCompleted => this with { Status = TransferStatus.Completed },
        TransferRefused refused => this with
        {
            Status = TransferStatus.Compensating, Failure = refused.Reason, RefusedWhile = Status,
        },
        TransferFailed => this with { Status = TransferStatus.Failed },
        _ => this,
    };
}
