using System.Data.Common;
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

    /// <summary>The event of a row that an ADO.NET driver reads, of the columns of <c>log_event</c> in the order of
    /// <see cref="CommittedEvent"/>, with its payload as bytes.</summary>
    /// <param name="row">The row.</param>
    /// <param name="commandId">Its command, which each database holds in its own way.</param>
    public static CommittedEvent ToEvent(DbDataReader row, Guid commandId) => new(
        new LogPosition(row.GetInt32(0), row.GetInt64(1)),
        JournalId.Parse(row.GetString(2)),
        row.GetInt64(3),
        commandId,
        row.GetInt32(5),
        row.GetString(6),
        row.GetInt32(7),
        row.GetString(8),
        row.GetFieldValue<byte[]>(9),
        ToMetadata(row.IsDBNull(10) ? null : row.GetString(10)),
        ToTime(row.GetInt64(11)));

    /// <summary>The bytes as the drivers want them, copied only when they are a part of something larger.</summary>
    public static byte[] FromBytes(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Array!.Length == bytes.Length
            ? segment.Array
            : bytes.ToArray();
}
