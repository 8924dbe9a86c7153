using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Grains.ReadModels;

/// <summary>
/// The read model <c>audit</c>: every event of the log, whatever its type, found by time and by correlation. It is an index of the
/// log: a row has what events are sorted and filtered by, and all else is read from the event itself, as is what belongs to a
/// journal.
/// </summary>
internal sealed class AuditProjection : IProjection
{
    public const string ModelName = "audit";

    private static readonly RowStatement Insert = new(
        """
        insert into {event} (recorded_at, position, correlation, partition, type, actor)
        select rows.recorded_at, rows.position, rows.correlation, rows.partition, rows.type, rows.actor
        from rows
        """,
        RowColumn.Number("recorded_at"), RowColumn.Number("position"), RowColumn.Number("correlation"),
        RowColumn.Number("partition"), RowColumn.Text("type"), RowColumn.Text("actor"));

    private static readonly RowStatement RemoveEvents = new(
        """
        delete from {event}
        where (recorded_at, partition, position) in (
          select l.recorded_at, l.partition, l.position
          from {$log} l
          where l.journal in (select rows.journal from rows))
        """,
        RowColumn.Text("journal"));

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public int Version => 2;

    /// <inheritdoc/>
    public IReadOnlyCollection<Type> Handles => [];

    /// <inheritdoc/>
    public bool ReadsContent => false;

    /// <inheritdoc/>
    // The key is the order of the pages: along a partition the recorded time never runs backwards.
    public string Schema(SqlDialect dialect)
    {
        var text = SqlTypes.Text(dialect);
        return $$"""
            create table {event} (
              recorded_at bigint not null,
              position bigint not null,
              correlation bigint not null,
              partition integer not null,
              type {{text}} not null,
              actor {{text}},
              primary key (recorded_at, partition, position)
            ){{SqlTypes.WithoutRowId(dialect)}};
            create index {event_by_correlation} on {event} (correlation, recorded_at);
            """;
    }

    /// <inheritdoc/>
    public ValueTask Apply(
        IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation)
    {
        foreach (var (committed, _) in events)
            writes.Add(Insert, SqlTypes.Micros(committed.RecordedAt), committed.At.Position, CorrelationKey.Of(committed),
                committed.At.Partition, committed.Type, committed.Metadata.Actor);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask Remove(JournalId journal, RowWrites writes, CancellationToken cancellation)
    {
        writes.Add(RemoveEvents, journal.Value);
        return default;
    }
}
