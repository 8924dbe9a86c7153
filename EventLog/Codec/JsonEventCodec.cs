using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace OrleansEs.EventLog.Codec;

/// <summary>System.Text.Json with source-generated shapes only: what was not registered is refused, never reflected on.</summary>
internal sealed class JsonEventCodec(EventTypeRegistry registry) : IEventCodec
{
    /// <summary>This codec's name in the database. A store keeps such payloads as text.</summary>
    public const string Name = "json";

    /// <inheritdoc/>
    public string Format => Name;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Encode(object value, Type type) => JsonSerializer.SerializeToUtf8Bytes(
        value, ShapeOf(type) ?? throw new ArgumentException($"No JSON shape was registered for {type}.", nameof(type)));

    /// <inheritdoc/>
    public object Decode(ReadOnlyMemory<byte> payload, Type type)
    {
        var shape = ShapeOf(type)
            ?? throw new EventLogCorruptException($"A payload is JSON, and no JSON shape was registered for {type}.");
        try
        {
            return JsonSerializer.Deserialize(payload.Span, shape)
                ?? throw new EventLogCorruptException($"A payload is the JSON null, which is no {type}.");
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException)
        {
            throw new EventLogCorruptException($"A payload is no JSON of {type}: {failure.Message}", failure);
        }
    }

    private JsonTypeInfo? ShapeOf(Type type) => registry.ShapeOf(type);
}
