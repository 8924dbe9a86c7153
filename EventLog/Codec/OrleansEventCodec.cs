using System.Buffers;
using Orleans.Serialization;

namespace OrleansEs.EventLog.Codec;

/// <summary>Orleans' own serializer, for types that JSON cannot carry or that nobody registered.</summary>
internal sealed class OrleansEventCodec(ObjectSerializer serializer) : IEventCodec
{
    /// <summary>This codec's name in the database.</summary>
    public const string Name = "orleans";

    /// <inheritdoc/>
    public string Format => Name;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Encode(object value, Type type)
    {
        if (!serializer.CanSerialize(type))
            throw new ArgumentException(
                $"Orleans cannot serialize {type}. Give it the GenerateSerializer attribute, or register it as an event type.",
                nameof(type));
        var buffer = new ArrayBufferWriter<byte>();
        serializer.Serialize(value, buffer, type);
        return buffer.WrittenMemory;
    }

    /// <inheritdoc/>
    public object Decode(ReadOnlyMemory<byte> payload, Type type)
    {
        object? value;
        try
        {
            value = serializer.Deserialize(payload, type);
        }
        // The serializer throws many types over bytes that it did not write; all of them mean just that.
        catch (Exception failure)
        {
            throw new EventLogCorruptException($"A payload is no serialized {type}: {failure.Message}", failure);
        }
        return value is not null && type.IsInstanceOfType(value)
            ? value
            : throw new EventLogCorruptException($"A payload holds {value?.GetType().ToString() ?? "nothing"}, not {type}.");
    }
}
