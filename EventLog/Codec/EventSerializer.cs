namespace OrleansEs.EventLog.Codec;

/// <summary>
/// Events to rows and back. A registered type is stored under its alias as JSON; any other one that Orleans' serializer
/// knows is stored under its name in Orleans' manifest, version 1, by that serializer.
/// </summary>
internal sealed class EventSerializer(
    EventTypeRegistry registry, OrleansTypeNames manifest, JsonEventCodec json, OrleansEventCodec orleans) : IEventSerializer
{
    private const int UnregisteredVersion = 1;

    /// <inheritdoc/>
    public ProposedEvent Encode(object @event, EventMetadata metadata)
    {
        var type = @event.GetType();
        if (registry.TryFind(type, out var entry))
            return new ProposedEvent(entry.Alias, entry.Version, json.Format, json.Encode(@event, type), metadata);
        if (!manifest.TryName(type, out var name))
            throw new ArgumentException(
                $"The event type {type} is neither registered nor known to Orleans' serializer. "
                + "Register it with AddEventTypes, or give it the GenerateSerializer attribute.", nameof(@event));
        if (registry.Knows(name))
            throw new ArgumentException(
                $"The event type {type} is not registered, and its name '{name}' is that of another, registered type.",
                nameof(@event));
        return new ProposedEvent(name, UnregisteredVersion, orleans.Format, orleans.Encode(@event, type), metadata);
    }

    /// <inheritdoc/>
    public object Decode(CommittedEvent committed)
    {
        var type = Resolve(committed);
        try
        {
            return CodecOf(committed).Decode(committed.Payload, type);
        }
        catch (EventLogCorruptException failure)
        {
            throw new EventLogCorruptException($"{Where(committed)}: {failure.Message}", failure);
        }
    }

    /// <inheritdoc/>
    public Type Resolve(CommittedEvent committed)
    {
        if (registry.TryFind(committed.Type, committed.TypeVersion, out var entry))
            return entry.Type;
        if (committed.TypeVersion == UnregisteredVersion && manifest.TryResolve(committed.Type, out var type))
            return type;
        throw new EventLogCorruptException(
            $"{Where(committed)}: no event type of that name and version is registered. "
            + "Register it with AddEventTypes, or start the program that knows it.");
    }

    private IEventCodec CodecOf(CommittedEvent committed) => committed.Format switch
    {
        JsonEventCodec.Name => json,
        OrleansEventCodec.Name => orleans,
        _ => throw new EventLogCorruptException($"no codec is named '{committed.Format}'."),
    };

    private static string Where(CommittedEvent committed) =>
        $"Event {committed.Version} of journal {committed.Journal} (type '{committed.Type}' version {committed.TypeVersion}, "
        + $"at {committed.At})";
}
