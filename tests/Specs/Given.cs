using System.Text.Json;
using OrleansEs.Grains;
using OrleansEs.Ledger;

namespace OrleansEs.Specs;

/// <summary>
/// A rule as a sentence: given these events, when this is asked, then these events or this refusal follow. Every scenario
/// also proves that its events survive their way into the log and back.
/// </summary>
internal sealed class Given<TState, TCommand, TEvent>(
    TState initial,
    Func<TState, TEvent, TState> evolve,
    Func<TState, TCommand, Ruling<TEvent>> decide,
    IReadOnlyList<TEvent> events)
    where TEvent : class
{
    public Outcome When(TCommand command)
    {
        var state = events.Select(RoundTrip).Aggregate(initial, evolve);
        return new Outcome(decide(state, command), $"given\n{Shown(events)}\nwhen\n  {command}\nthen\n");
    }

    public TState State() => events.Select(RoundTrip).Aggregate(initial, evolve);

    private static TEvent RoundTrip(TEvent @event)
    {
        var type = @event.GetType();
        var json = JsonSerializer.Serialize(@event, type, LedgerJson.Frozen);
        var read = (TEvent)JsonSerializer.Deserialize(json, type, LedgerJson.Frozen)!;
        Assert.Equal(json, JsonSerializer.Serialize(read, type, LedgerJson.Frozen));
        return read;
    }

    private static string Shown(IReadOnlyList<TEvent> shown) => shown.Count == 0
        ? "  nothing"
        : string.Join("\n", shown.Select(e =>
            $"  {e.GetType().Name} {JsonSerializer.Serialize(e, e.GetType(), LedgerJson.Frozen)}"));

    internal sealed class Outcome(Ruling<TEvent> ruling, string story)
    {
        public void Then(params TEvent[] expected)
        {
            Assert.Equal(story + Shown(expected), story + Actual());
            foreach (var @event in ruling.Events)
                RoundTrip(@event);
        }

        public void ThenRefused(string code)
        {
            Assert.Equal($"{story}  refused: {code}", story + Actual());
            AssertWords(ruling.Refusal!);
        }

        public void ThenNothing() => Then();

        private string Actual() => ruling.Refusal is { } refusal ? $"  refused: {refusal.Code}" : Shown(ruling.Events);

        private static void AssertWords(Refusal refusal)
        {
            Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
            Assert.EndsWith(".", refusal.Remedy, StringComparison.Ordinal);
        }
    }
}
