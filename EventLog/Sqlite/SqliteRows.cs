namespace OrleansEs.EventLog.Sqlite;

/// <summary>How values stand in rows, and rows as events.</summary>
internal static class SqliteRows
{
    /// <summary>The columns that <see cref="ReadEvent"/> expects, in its order.</summary>
    public const string EventColumns =
        "partition, position, journal, version, command_id, command_index, type, type_version, format, payload, metadata, "
        + "recorded_at";

    /// <summary>Reads all rows as events.</summary>
    public static List<CommittedEvent> ReadEvents(SqliteStatement statement)
    {
        var events = new List<CommittedEvent>();
        using var rows = statement.Read();
        while (rows.Read())
            events.Add(ReadEvent(rows));
        return events;
    }

    /// <summary>Most significant byte first, so that <c>hex()</c> in SQL reads like the id.</summary>
    public static byte[] FromGuid(Guid id) => id.ToByteArray(bigEndian: true);

    private static CommittedEvent ReadEvent(SqliteRowReader row) => new(
        new LogPosition(row.GetInt32(0), row.GetInt64(1)),
        JournalId.Parse(row.GetString(2)),
        row.GetInt64(3),
        new Guid(row.GetBytes(4), bigEndian: true),
        row.GetInt32(5),
        row.GetString(6),
        row.GetInt32(7),
        row.GetString(8),
        row.GetBytes(9),
        StoredValues.ToMetadata(row.IsNull(10) ? null : row.GetString(10)),
        StoredValues.ToTime(row.GetInt64(11)));
}
