namespace OrleansEs.Ledger;

/// <summary>What goes with every command: who asks, which command it is, how long the caller waits.</summary>
[GenerateSerializer, Immutable, Alias("ledger.command-header")]
public sealed record CommandHeader
{
    /// <summary>
    /// Made by the client before it sends. A retry carries the same id: the command is applied at most once, for ever, and
    /// the retry gets the first outcome. The same id with another body is refused.
    /// </summary>
    [Id(0)]
    public required Guid CommandId { get; init; }

    /// <summary>Who asks.</summary>
    [Id(1)]
    public string Actor { get; init; } = "anonymous";

    /// <summary>Ties together everything one request leads to; the command id when absent.</summary>
    [Id(2)]
    public string? CorrelationId { get; init; }

    /// <summary>The command or event that led to this one.</summary>
    [Id(3)]
    public string? CausationId { get; init; }

    /// <summary>From when on it holds; the day it is recorded when absent.</summary>
    [Id(4)]
    public DateOnly? EffectiveDate { get; init; }

    /// <summary>How long the caller waits for an answer; every answer comes within it.</summary>
    [Id(5)]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// True when this command may have been sent before and its answer never came: a try that hangs in a network or in a silo
    /// that stands still may arrive minutes later. If a rule refuses the command now, that is then recorded under its id, and
    /// the late try is refused as well; without this, it would be done if the rules allow it by then.
    /// </summary>
    [Id(6)]
    public bool IsRetry { get; init; }
}
