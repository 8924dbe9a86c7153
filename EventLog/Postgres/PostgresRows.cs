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
            events.Add(StoredValues.ToEvent(rows, rows.GetGuid(4)));
        return events;
    }

    /// <summary>True when a payload is kept as text, so that a person can read it in the database.</summary>
    /// <remarks>One that says it is JSON and is no text is kept as the bytes it is: that is for its reader to refuse.</remarks>
    public static bool IsText(string format, ReadOnlySpan<byte> payload) =>
        format == "json" && Utf8.IsValid(payload) && !payload.Contains((byte)0);
}
