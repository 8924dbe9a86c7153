using System.Buffers.Text;
using System.Collections;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// A hash of a command's body: 128 bits of a SHA-256 over its type's name and its JSON. JSON and not Orleans' serializer,
/// whose bytes depend on which parts of an object happen to be the same instance.
/// </summary>
internal static class RequestHash
{
    private const int BytesKept = 16;

    private static readonly JsonSerializerOptions Options = new()
    {
        IncludeFields = true,
        Converters = { new RuntimeTypeConverterFactory() },
        // Members may change places in the source code; the hash must not.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { OrderByName, RefuseDerived } },
    };

    public static string Of(object command)
    {
        var type = command.GetType();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(type.FullName));
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(command, type, Options));
        return Base64Url.EncodeToString(hash.GetHashAndReset().AsSpan(0, BytesKept));
    }

    private static void OrderByName(JsonTypeInfo type)
    {
        var place = 0;
        foreach (var property in type.Properties.OrderBy(property => property.Name, StringComparer.Ordinal))
            property.Order = place++;
    }

    // JSON writes the members of the declared type only: two commands that differ in a derived one's would look the same.
    private static void RefuseDerived(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || type.Type.IsSealed)
            return;
        type.OnSerializing += value =>
        {
            if (value.GetType() != type.Type)
            {
                throw new NotSupportedException(
                    $"A command holds a {value.GetType().Name} where it declares a {type.Type.Name}, and JSON would lose what " +
                    "that adds. Declare an abstract type or a sealed one, or override RequestHashOf.");
            }
        };
    }

    // A member that is declared as an abstract type is written with what it really is; else two commands that differ only
    // there would look the same.
    private sealed class RuntimeTypeConverterFactory : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) =>
            typeToConvert is { IsAbstract: true } && !typeof(IEnumerable).IsAssignableFrom(typeToConvert);

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(RuntimeTypeConverter<>).MakeGenericType(typeToConvert))!;
    }

    private sealed class RuntimeTypeConverter<T> : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("A request is hashed and never read back.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WritePropertyName(value!.GetType().FullName!);
            JsonSerializer.Serialize(writer, value, value.GetType(), options);
            writer.WriteEndObject();
        }
    }
}
