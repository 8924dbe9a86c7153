using OrleansEs.Ledger;

namespace OrleansEs.Grains;

// What a command leads to: events, or a refusal and nothing else. No events and no refusal means there is nothing to do.
internal readonly record struct Decision<TEvent>(IReadOnlyList<TEvent> Events, Refusal? Refusal)
{
    public static implicit operator Decision<TEvent>(TEvent @event) => new([@event], null);

    public static implicit operator Decision<TEvent>(Refusal refusal) => new([], refusal);

    public static Decision<TEvent> Nothing => new([], null);
}
