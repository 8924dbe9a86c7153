using System.Text.Unicode;
using Npgsql;

namespace OrleansEs.EventLog.Postgres;

/// <summary>How rows stand for events.</summary>
internal static class PostgresRows
{
    /// <summary>The columns that <see cref="ReadEvents"/> expects, in its order.</summary>
    public const string EventColumns =
        "partition, position, journal, version, command_id, command_index, type, type_version, format, "
        + "coalesce(payload_bytes, convert_to(payload, 'UTF8')), metadata, recorded_at";

    /// <summary>Runs a command and reads all its rows as events.</summary>
    public static async Task<IReadOnlyList<CommittedEvent>> ReadEvents(NpgsqlCommand command, CancellationToken cancellation)
    {
        var events = new List<CommittedEvent>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            events.Add(ReadEvent(rows));
        return events;
    }

    /// <summary>True when a payload is kept as text, so that a person can read it in the database.</summary>
    /// <remarks>One that says it is JSON and is no text is kept as the bytes it is: that is for its reader to refuse.</remarks>
    public static bool IsText(string format, ReadOnlySpan<byte> payload) =>
        format == "json" && Utf8.IsValid(payload) && !payload.Contains((byte)0);

    private static CommittedEvent ReadEvent(NpgsqlDataReader row) => new(
        new LogPosition(row.GetInt32(0), row.GetInt64(1)),
        JournalId.Parse(row.GetString(2)),
        row.GetInt64(3),
        row.GetGuid(4),
        row.GetInt32(5),
        row.GetString(6),
        row.GetInt32(7),
        row.GetString(8),
        row.GetFieldValue<byte[]>(9),
        StoredValues.ToMetadata(row.IsDBNull(10) ? null : row.GetString(10)),
        StoredValues.ToTime(row.GetInt64(11)));
}
