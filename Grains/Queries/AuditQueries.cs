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

    private const string Columns = "e.recorded_at, e.partition, e.position";

    // A journal is in one partition, so its versions are in the order of time and place.
    private const string OfJournal = $$"""
        select {{Columns}}
        from {$log} l
        cross join {event} e
        """;

    private const string TailByTime = $"""
        order by {Columns}
        limit @take
        """;

    private const string TailOfJournal = """
        order by l.version
        limit @take
        """;

    // The event that the page before ended with, if it is of the journal: what comes after it need not be sought from the beginning.
    private const string AfterVersion = """
        l.version > coalesce((
            select b.version
            from {$log} b
            where b.partition = @after_partition and b.position = @after_position and b.journal = @journal), 0)
        """;

    // The places of a page are found first, and their events then: look-ups, however large the log was when the plan was made.
    private const string EventsSqlite = """
        ) p
        left join {$log} e on e.partition = p.partition and e.position = p.position
        order by p.recorded_at, p.partition, p.position
        """;

    private const string EventsPostgres = """
        ) p
        left join lateral (
          select * from {$log} one where one.partition = p.partition and one.position = p.position limit 1) e on true
        order by p.recorded_at, p.partition, p.position
        """;

    public static void Check(AuditQuery query)
    {
        QueryText.Take(query.Take);
        foreach (var key in Cursor.Read(query.After, QueryName, keyCount: 3) ?? [])
            Cursor.Number(key);
    }

    /// <summary>
    /// A page at once; null when among the rows found there are some of other events than those asked for, or of none:
    /// <see cref="Page"/> goes on where these are, or says which.
    /// </summary>
    public static ReadModelQuery<Page<HistoryEntry>?> AtOnce(AuditQuery query)
    {
        var select = $"select {{$event}}\nfrom (\n{Select(query)}";
        return Conditions(query, AfterOf(query), query.Take + 1)
            .Add((select, $"{Tail(query)}\n{EventsSqlite}"), (select, $"{Tail(query)}\n{EventsPostgres}"))
            .To(async results =>
            {
                var events = await results.Next(results.Event);
                return events.All(one => one is not null && AuditFeedGrain.IsLetThrough(one, query))
                    ? QueryText.Page([.. events.Select(one => HistoryEntries.Of(one!))], query.Take, CursorOf)
                    : null;
            });
    }

    /// <summary>A page, however many rows tell of other events.</summary>
    public static async Task<Page<HistoryEntry>> Page(ReadModelRows model, AuditQuery query)
    {
        var after = AfterOf(query);
        var entries = new List<HistoryEntry>();
        while (true)
        {
            var wanted = query.Take + 1 - entries.Count;
            var found = await model.Read(
                Conditions(query, after, wanted).Add(Select(query), Tail(query))
                    .To(results => results.Next(reader => new[] { reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2) })),
                CancellationToken.None);
            var events = await model.ReadEvents(
                [.. found.Select(keys => new LogPosition((int)keys[1], keys[2]))], CancellationToken.None);
            // Rows do not tell all correlation ids apart.
            entries.AddRange(events.Where(one => AuditFeedGrain.IsLetThrough(one, query)).Select(HistoryEntries.Of));
            if (found.Count < wanted || entries.Count > query.Take)
                return QueryText.Page(entries, query.Take, CursorOf);
            after = found[^1];
        }
    }

    private static long[]? AfterOf(AuditQuery query) =>
        Cursor.Read(query.After, QueryName, keyCount: 3)?.Select(Cursor.Number).ToArray();

    private static string Select(AuditQuery query) => query.Journal is null ? $"select {Columns}\nfrom {{event}} e" : OfJournal;

    private static string Tail(AuditQuery query) => query.Journal is null ? TailByTime : TailOfJournal;

    private static QueryText Conditions(AuditQuery query, long[]? after, int count)
    {
        var text = new QueryText()
            .Bind("@take", count)
            .WhereIf(query.From is not null, "e.recorded_at >= @from", "@from", Micros(query.From))
            .WhereIf(query.To is not null, "e.recorded_at < @to", "@to", Micros(query.To))
            .WhereIf(query.Type is not null, "e.type = @type", "@type", query.Type)
            .WhereIf(query.Actor is not null, "e.actor = @actor", "@actor", query.Actor)
            .WhereIf(query.CorrelationId is not null, "e.correlation = @correlation", "@correlation",
                query.CorrelationId is { } correlation ? CorrelationKey.Of(correlation) : null);
        if (query.Journal is not null)
            text.Where("l.journal = @journal", "@journal", query.Journal)
                .Where("e.recorded_at = l.recorded_at and e.partition = l.partition and e.position = l.position");
        if (after is not null)
            text.Bind("@after_at", after[0]).Bind("@after_partition", after[1]).Bind("@after_position", after[2])
                .After(Columns, "@after_at, @after_partition, @after_position");
        if (after is not null && query.Journal is not null)
            text.Where(AfterVersion);
        return text;
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
}
