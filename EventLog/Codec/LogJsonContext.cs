using System.Text.Json.Serialization;

namespace OrleansEs.EventLog.Codec;

/// <summary>How the log's own types stand in JSON. The names are stored: they are frozen.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EventMetadata))]
[JsonSerializable(typeof(JournalCleared))]
internal sealed partial class LogJsonContext : JsonSerializerContext;
