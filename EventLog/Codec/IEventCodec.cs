namespace OrleansEs.EventLog.Codec;

/// <summary>Turns values into bytes and back. Which codec wrote a row stands in the row.</summary>
public interface IEventCodec
{
    /// <summary>The codec's name in the database: <c>json</c> or <c>orleans</c>. Frozen.</summary>
    string Format { get; }

    /// <summary>Encodes a value of the given type.</summary>
    ReadOnlyMemory<byte> Encode(object value, Type type);

    /// <summary>Decodes a value of the given type.</summary>
    /// <exception cref="EventLogCorruptException">The bytes are no such value.</exception>
    object Decode(ReadOnlyMemory<byte> payload, Type type);
}

/// <summary>
/// Events to rows and back: the registry says the stored name and the codec. Unknown names are errors (invariant 13).
/// </summary>
public interface IEventSerializer
{
    /// <summary>Encodes an event.</summary>
    /// <exception cref="ArgumentException">The event's type is neither registered nor known to Orleans' serializer.</exception>
    ProposedEvent Encode(object @event, EventMetadata metadata);

    /// <summary>Decodes an event.</summary>
    /// <exception cref="EventLogCorruptException">
    /// The type is not registered or the payload does not decode; the message names journal, version and type.
    /// </exception>
    object Decode(CommittedEvent committed);

    /// <summary>Says which type an event decodes to, without decoding it.</summary>
    /// <exception cref="EventLogCorruptException">The type is not registered; the message names journal, version and type.</exception>
    Type Resolve(CommittedEvent committed);
}
