using OrleansEs.EventLog.Consistency;
using OrleansEs.Ledger;

namespace OrleansEs.Grains;

// What the rules say of a command: events, or a refusal. No events and no refusal means that there is nothing to do.
// It is the ledger's short hand for the library's Decision: a rule returns an event or a refusal as it is.
internal readonly record struct Ruling<TEvent>(IReadOnlyList<TEvent> Events, Refusal? Refusal)
    where TEvent : class
{
    public static Ruling<TEvent> Nothing => new([], null);

    public static implicit operator Ruling<TEvent>(TEvent @event) => new([@event], null);

    public static implicit operator Ruling<TEvent>(Refusal refusal) => new([], refusal);

    public Decision<TEvent> ToDecision() => Refusal is { } refusal
        ? Decision.Refuse<TEvent>(refusal.Code, refusal.Message, refusal.Remedy)
        : new Decision<TEvent>.Accepted(Events);
}
