namespace OrleansEs.EventLog.Consistency;

/// <summary>What goes with a command into an aggregate: who asks, which command it is, how long the caller waits.</summary>
public sealed record CommandContext
{
    /// <summary>
    /// Made by whoever asks first and repeated by every retry: the command is applied at most once, for ever.
    /// </summary>
    public required Guid CommandId { get; init; }

    /// <summary>Who asks; null when nobody said.</summary>
    public string? Actor { get; init; }

    /// <summary>Ties together everything one request leads to; null when nobody said.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The command or event that led to this one; null when nobody said.</summary>
    public string? CausationId { get; init; }

    /// <summary>From when on it holds; null means the day it is recorded.</summary>
    public DateOnly? EffectiveDate { get; init; }

    /// <summary>How long the caller waits for an answer; every answer comes within it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// True when an earlier try of this command may still be on its way: its answer never came. A refusal of such a command is
    /// recorded under its id where the aggregate has an event for that, so that the earlier try, whenever it arrives, meets it
    /// and is not done after its caller was told "refused". See <c>AggregateGrain.RecordRefusal</c>.
    /// </summary>
    public bool IsRetry { get; init; }

    /// <summary>
    /// True for a command that goes on with work that was let in before: it is not refused for overload, since half-done work
    /// would only add to it.
    /// </summary>
    public bool FinishesWork { get; init; }

    /// <summary>
    /// The time of the decision, UTC. <c>Execute</c> fills it in, so that <c>Decide</c> needs no clock.
    /// </summary>
    public DateTimeOffset Now { get; init; }

    /// <summary>What every event of the command carries along.</summary>
    /// <param name="requestHash">The hash of the command's body.</param>
    public EventMetadata ToMetadata(string requestHash) => new()
    {
        Actor = Actor,
        CorrelationId = CorrelationId,
        CausationId = CausationId,
        EffectiveDate = EffectiveDate,
        RequestHash = requestHash,
    };
}
