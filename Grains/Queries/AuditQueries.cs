using System.Data.Common;
using System.Globalization;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Grains.Queries;

// Events across the log by recorded time, then place. Times of two partitions may be the same to the microsecond; the
// place makes the order total, so that no page repeats or loses an event.
internal static class AuditQueries
{
    private const string QueryName = "audit";

    private const string Select = """
        select journal, version, partition, position, type, recorded_at, effective_date, actor, command_id,
            correlation_id, causation_id, content
        from {event}
        """;

    private const string Tail = """
        order by recorded_at, partition, position
        limit @take
        """;

    public static void Check(AuditQuery query)
    {
        QueryText.Take(query.Take);
        foreach (var key in Cursor.Read(query.After, QueryName, keyCount: 3) ?? [])
            Cursor.Number(key);
    }

    public static async Task<Page<HistoryEntry>> Page(ReadModelRows model, AuditQuery query)
    {
        await using var text = new QueryText(model)
            .Bind("@take", query.Take + 1)
            .WhereIf(query.From is not null, "recorded_at >= @from", "@from", Micros(query.From))
            .WhereIf(query.To is not null, "recorded_at < @to", "@to", Micros(query.To))
            .WhereIf(query.Type is not null, "type = @type", "@type", query.Type)
            .WhereIf(query.Actor is not null, "actor = @actor", "@actor", query.Actor)
            .WhereIf(query.CorrelationId is not null, "correlation_id = @correlation", "@correlation", query.CorrelationId)
            .WhereIf(query.Journal is not null, "journal = @journal", "@journal", query.Journal);
        if (Cursor.Read(query.After, QueryName, keyCount: 3) is [var recordedAt, var partition, var position])
            text.Bind("@after_at", Cursor.Number(recordedAt))
                .Bind("@after_partition", Cursor.Number(partition))
                .Bind("@after_position", Cursor.Number(position))
                .After("recorded_at, partition, position", "@after_at, @after_partition, @after_position");
        return QueryText.Page(await text.Read(Select, Tail, EntryOf), query.Take, CursorOf);
    }

    private static long? Micros(DateTimeOffset? time) => time is { } set ? SqlTypes.Micros(set) : null;

    private static string CursorOf(HistoryEntry entry)
    {
        var at = LogPosition.Parse(entry.Token);
        return Cursor.Write(
            QueryName,
            SqlTypes.Micros(entry.RecordedAt).ToString(CultureInfo.InvariantCulture),
            at.Partition.ToString(CultureInfo.InvariantCulture),
            at.Position.ToString(CultureInfo.InvariantCulture));
    }

    private static HistoryEntry EntryOf(DbDataReader reader) => new(
        reader.GetString(0),
        reader.GetInt64(1),
        new LogPosition(reader.GetInt32(2), reader.GetInt64(3)).ToString(),
        reader.GetString(4),
        SqlTypes.Time(reader.GetInt64(5)),
        SqlTypes.Day(reader.GetString(6)),
        reader.Text(7),
        Guid.Parse(reader.GetString(8)),
        reader.Text(9),
        reader.Text(10),
        reader.GetString(11));
}
