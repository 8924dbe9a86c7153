namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// The keys of Orleans' request context from which the events of a plain <c>JournaledGrain</c> take their metadata, as text.
/// An aggregate takes its own from <see cref="CommandContext"/>.
/// </summary>
public static class EventLogRequestContext
{
    /// <summary>Who asks.</summary>
    public const string Actor = "eventlog.actor";

    /// <summary>What ties together everything one request leads to.</summary>
    public const string CorrelationId = "eventlog.correlation-id";

    /// <summary>The command or event that led to this one.</summary>
    public const string CausationId = "eventlog.causation-id";

    internal static EventMetadata ToMetadata()
    {
        var actor = RequestContext.Get(Actor) as string;
        var correlation = RequestContext.Get(CorrelationId) as string;
        var causation = RequestContext.Get(CausationId) as string;
        return (actor ?? correlation ?? causation) is null
            ? EventMetadata.None
            : new EventMetadata { Actor = actor, CorrelationId = correlation, CausationId = causation };
    }
}
