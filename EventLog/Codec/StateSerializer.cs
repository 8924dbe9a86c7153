namespace OrleansEs.EventLog.Codec;

/// <summary>States to snapshots and back: as JSON when the state's shape was registered, else by Orleans' serializer.</summary>
internal sealed class StateSerializer(EventTypeRegistry registry, JsonEventCodec json, OrleansEventCodec orleans)
{
    /// <summary>Encodes a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="type">Its declared type; the state may be of a type derived from it.</param>
    /// <exception cref="ArgumentException">The type cannot be encoded: there will be no snapshots of it.</exception>
    public (string Format, ReadOnlyMemory<byte> Payload) Encode(object state, Type type)
    {
        // A derived state would lose its own members in the JSON of its base.
        IEventCodec codec = state.GetType() == type && registry.ShapeOf(type) is not null ? json : orleans;
        return (codec.Format, codec.Encode(state, type));
    }

    /// <summary>Decodes a state.</summary>
    /// <exception cref="EventLogCorruptException">The payload is no such state: throw the snapshot away.</exception>
    public object Decode(string format, ReadOnlyMemory<byte> payload, Type type) => format switch
    {
        JsonEventCodec.Name => json.Decode(payload, type),
        OrleansEventCodec.Name => orleans.Decode(payload, type),
        _ => throw new EventLogCorruptException($"A snapshot was written by '{format}', which is no codec."),
    };
}
