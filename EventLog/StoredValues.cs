using System.Runtime.InteropServices;
using System.Text.Json;
using OrleansEs.EventLog.Codec;

namespace OrleansEs.EventLog;

/// <summary>How values stand in the rows of every database.</summary>
internal static class StoredValues
{
    /// <summary>Microseconds since 1970 in UTC.</summary>
    public static long FromTime(DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToTime(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>JSON, or null when nothing is known: most plain events carry none.</summary>
    public static string? FromMetadata(EventMetadata metadata) => metadata == EventMetadata.None
        ? null
        : JsonSerializer.Serialize(metadata, LogJsonContext.Default.EventMetadata);

    public static EventMetadata ToMetadata(string? json) => json is null
        ? EventMetadata.None
        : JsonSerializer.Deserialize(json, LogJsonContext.Default.EventMetadata) ?? EventMetadata.None;

    /// <summary>The bytes as the drivers want them, copied only when they are a part of something larger.</summary>
    public static byte[] FromBytes(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Array!.Length == bytes.Length
            ? segment.Array
            : bytes.ToArray();
}
