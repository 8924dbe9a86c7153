using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;

namespace OrleansEs.EventLog.Codec;

/// <summary>
/// The closed registry of event types: stored name and version ↔ CLR type, one to one. Nothing enters it after the start.
/// </summary>
internal sealed class EventTypeRegistry
{
    private readonly FrozenDictionary<(string Alias, int Version), EventTypeEntry> _byName;
    private readonly FrozenDictionary<Type, EventTypeEntry> _byType;
    private readonly FrozenDictionary<Type, JsonTypeInfo> _shapes;

    /// <exception cref="EventLogStartException">Two types have one name, or one type has two.</exception>
    public EventTypeRegistry(IEnumerable<EventTypeEntry> events, IEnumerable<StateTypeEntry> states)
    {
        EventTypeEntry[] all = [Cleared, .. events];
        foreach (var same in all.GroupBy(entry => (entry.Alias, entry.Version)).Where(same => same.Count() > 1))
            throw new EventLogStartException(
                $"The event name '{same.Key.Alias}' version {same.Key.Version} is registered for both "
                + $"{string.Join(" and ", same.Select(entry => entry.Type))}.",
                "Give one of them another name or version.");
        foreach (var same in all.GroupBy(entry => entry.Type).Where(same => same.Count() > 1))
            throw new EventLogStartException(
                $"The event type {same.Key} is registered as both "
                + $"{string.Join(" and ", same.Select(entry => $"'{entry.Alias}' version {entry.Version}"))}.",
                "Keep one name for what is written, and give the older shape a type of its own.");
        _byName = all.ToFrozenDictionary(entry => (entry.Alias, entry.Version));
        _byType = all.ToFrozenDictionary(entry => entry.Type);
        var shapes = all.ToDictionary(entry => entry.Type, entry => entry.Shape);
        foreach (var state in states)
            shapes[state.Type] = state.Shape;
        _shapes = shapes.ToFrozenDictionary();
    }

    private static EventTypeEntry Cleared =>
        new(JournalCleared.StoredName, 1, typeof(JournalCleared), LogJsonContext.Default.JournalCleared);

    public bool TryFind(string alias, int version, [NotNullWhen(true)] out EventTypeEntry? entry) =>
        _byName.TryGetValue((alias, version), out entry);

    public bool TryFind(Type type, [NotNullWhen(true)] out EventTypeEntry? entry) => _byType.TryGetValue(type, out entry);

    /// <summary>True when any version of the name is registered.</summary>
    public bool Knows(string alias) => _byName.Keys.Any(key => key.Alias == alias);

    /// <summary>How a registered event or state stands in JSON; null for others.</summary>
    public JsonTypeInfo? ShapeOf(Type type) => _shapes.GetValueOrDefault(type);
}
