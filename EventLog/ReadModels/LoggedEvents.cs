using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

// Events of the log through the connection of a query, which both databases have beside the rows of read models.
internal static class LoggedEvents
{
    public const string Table = "log_event";

    public const int ColumnCount = 12;

    private const string Columns =
        "e.partition, e.position, e.journal, e.version, e.command_id, e.command_index, e.type, e.type_version, e.format, ";

    private const string ColumnsPostgres =
        Columns + "coalesce(e.payload_bytes, convert_to(e.payload, 'UTF8')), e.metadata, e.recorded_at";

    private const string ColumnsSqlite = Columns + "e.payload, e.metadata, e.recorded_at";

    // A look-up of one row for each place, so that the plan does not depend on how large the log was when it was made.
    private const string SelectPlacesPostgres =
        $"""
        select {ColumnsPostgres}
        from unnest(@partitions, @positions) with ordinality as p (partition, position, number)
        cross join lateral (
          select * from {Table} one where one.partition = p.partition and one.position = p.position limit 1) e
        order by p.number
        """;

    private const string SelectPlaceSqlite =
        $"select {ColumnsSqlite}\nfrom {Table} e\nwhere e.partition = @partition and e.position = @position";

    public static async Task<IReadOnlyList<CommittedEvent>> Read(
        ReadModelRows rows, IReadOnlyList<LogPosition> places, CancellationToken cancellation)
    {
        if (places.Count == 0)
            return [];
        await using var command = rows.Connection.Command(IsPostgres(rows) ? SelectPlacesPostgres : SelectPlaceSqlite);
        var events = IsPostgres(rows)
            ? await command
                .Bind("@partitions", places.Select(place => place.Partition).ToArray())
                .Bind("@positions", places.Select(place => place.Position).ToArray())
                .ReadAll(OfPostgres, cancellation)
            : await ReadEach(command.Bind("@partition", null).Bind("@position", null), places, cancellation);
        return events.Count == places.Count ? events : throw new EventLogCorruptException(
            $"There is no event at {places.Except(events.Select(one => one.At)).First()}, and a read model has a row of it.");
    }

    // Of an event whose table is e, as Of reads them.
    public static string ColumnsOf(SqlDialect dialect) => dialect == SqlDialect.Postgres ? ColumnsPostgres : ColumnsSqlite;

    public static CommittedEvent Of(DbDataReader row, SqlDialect dialect) =>
        dialect == SqlDialect.Postgres ? OfPostgres(row) : OfSqlite(row);

    private static bool IsPostgres(ReadModelRows rows) => rows.Dialect == SqlDialect.Postgres;

    // SQLite has no round trips, and no arrays.
    private static async Task<IReadOnlyList<CommittedEvent>> ReadEach(
        DbCommand command, IReadOnlyList<LogPosition> places, CancellationToken cancellation)
    {
        var events = new List<CommittedEvent>(places.Count);
        foreach (var place in places)
        {
            (command.Parameters[0].Value, command.Parameters[1].Value) = (place.Partition, place.Position);
            events.AddRange(await command.ReadAll(OfSqlite, cancellation));
        }
        return events;
    }

    private static CommittedEvent OfPostgres(DbDataReader row) => StoredValues.ToEvent(row, row.GetGuid(4));

    private static CommittedEvent OfSqlite(DbDataReader row) =>
        StoredValues.ToEvent(row, new Guid(row.GetFieldValue<byte[]>(4), bigEndian: true));
}
