using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Grains.ReadModels;

/// <summary>
/// The read model <c>audit</c>: every event of the log, whatever its type, found by time, correlation and journal.
/// </summary>
internal sealed class AuditProjection : IProjection
{
    public const string ModelName = "audit";

    private static readonly RowStatement Insert = new(
        """
        insert into {event} (partition, position, journal, version, type, actor, correlation_id, causation_id,
            recorded_at, effective_date, command_id, content)
        select rows.partition, rows.position, rows.journal, rows.version, rows.type, rows.actor, rows.correlation_id,
            rows.causation_id, rows.recorded_at, rows.effective_date, rows.command_id, rows.content
        from rows
        """,
        RowColumn.Number("partition"), RowColumn.Number("position"), RowColumn.Text("journal"), RowColumn.Number("version"),
        RowColumn.Text("type"), RowColumn.Text("actor"), RowColumn.Text("correlation_id"), RowColumn.Text("causation_id"),
        RowColumn.Number("recorded_at"), RowColumn.Text("effective_date"), RowColumn.Text("command_id"),
        RowColumn.Text("content"));

    private static readonly RowStatement RemoveEvents = new(
        "delete from {event} where journal in (select rows.journal from rows)", RowColumn.Text("journal"));

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public IReadOnlyCollection<Type> Handles => [];

    /// <inheritdoc/>
    public string Schema(SqlDialect dialect)
    {
        var text = SqlTypes.Text(dialect);
        return $$"""
            create table {event} (
              partition integer not null,
              position bigint not null,
              journal {{text}} not null,
              version bigint not null,
              type {{text}} not null,
              actor {{text}},
              correlation_id {{text}},
              causation_id {{text}},
              recorded_at bigint not null,
              effective_date {{text}} not null,
              command_id {{text}} not null,
              content {{text}} not null,
              primary key (partition, position)
            );
            create index {event_by_time} on {event} (recorded_at, partition, position);
            create index {event_by_correlation} on {event} (correlation_id, recorded_at);
            create index {event_by_journal} on {event} (journal, recorded_at);
            """;
    }

    /// <inheritdoc/>
    public ValueTask Apply(
        IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation)
    {
        foreach (var (committed, _) in events)
        {
            var metadata = committed.Metadata;
            writes.Add(Insert, committed.At.Partition, committed.At.Position, committed.Journal.Value,
                committed.Version, committed.Type, metadata.Actor, SqlTypes.CorrelationId(committed), metadata.CausationId,
                SqlTypes.Micros(committed.RecordedAt), SqlTypes.Day(SqlTypes.EffectiveDate(committed)),
                committed.CommandId.ToString(), HistoryEntries.ContentOf(committed));
        }
        return default;
    }

    /// <inheritdoc/>
    public ValueTask Remove(JournalId journal, RowWrites writes, CancellationToken cancellation)
    {
        writes.Add(RemoveEvents, journal.Value);
        return default;
    }
}
