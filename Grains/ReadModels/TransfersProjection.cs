using System.Text.Json;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.ReadModels;

/// <summary>
/// The read model <c>transfers</c>: a row for each transfer, one for each account that takes part, and indexes by time, by
/// status and time, and by which those that are not at an end are found.
/// </summary>
internal sealed class TransfersProjection : IProjection
{
    public const string ModelName = "transfers";

    private static readonly RowStatement InsertTransfer = new(
        """
        insert into {transfer} (transfer_id, partition, status, postings, memo, failure, version, position,
            created_at, changed_at, effective_date, correlation_id)
        select rows.id, rows.partition, rows.status, rows.postings, rows.memo, rows.failure, rows.version, rows.position,
            rows.created_at, rows.changed_at, rows.effective_date, rows.correlation_id
        from rows
        """,
        RowColumn.Text("id"), RowColumn.Number("partition"), RowColumn.Number("status"), RowColumn.Text("postings"),
        RowColumn.Text("memo"), RowColumn.Text("failure"), RowColumn.Number("version"), RowColumn.Number("position"),
        RowColumn.Number("created_at"), RowColumn.Number("changed_at"), RowColumn.Text("effective_date"),
        RowColumn.Text("correlation_id"));

    private static readonly RowStatement InsertLeg = new(
        """
        insert into {leg} (account_id, created_at, transfer_id)
        select rows.account_id, rows.created_at, rows.transfer_id
        from rows
        """,
        RowColumn.Text("account_id"), RowColumn.Number("created_at"), RowColumn.Text("transfer_id"));

    private static readonly RowStatement UpdateTransfer = new(
        """
        update {transfer}
        set status = rows.status, failure = coalesce(rows.failure, {transfer}.failure), version = rows.version,
            position = rows.position, changed_at = rows.changed_at
        from rows
        where transfer_id = rows.id
        """,
        RowColumn.Text("id"), RowColumn.Number("status"), RowColumn.Text("failure"), RowColumn.Number("version"),
        RowColumn.Number("position"), RowColumn.Number("changed_at"));

    private static readonly RowStatement RemoveTransfer = new(
        "delete from {transfer} where transfer_id in (select rows.id from rows)", RowColumn.Text("id"));

    // Looks at all legs: an index by transfer would cost every transfer, and this is for an operator, once in a while.
    private static readonly RowStatement RemoveLegs = new(
        "delete from {leg} where transfer_id in (select rows.id from rows)", RowColumn.Text("id"));

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public int Version => 2;

    /// <inheritdoc/>
    public IReadOnlyCollection<Type> Handles => LedgerEvents.TransferTypes;

    /// <inheritdoc/>
    public string Schema(SqlDialect dialect)
    {
        var text = SqlTypes.Text(dialect);
        return $$"""
            create table {transfer} (
              transfer_id {{text}} not null primary key,
              partition integer not null,
              status integer not null,
              postings {{text}} not null,
              memo {{text}},
              failure {{text}},
              version bigint not null,
              position bigint not null,
              created_at bigint not null,
              changed_at bigint not null,
              effective_date {{text}} not null,
              correlation_id {{text}}
            );
            create index {transfer_by_time} on {transfer} (created_at, transfer_id);
            create index {transfer_by_status} on {transfer} (status, created_at, transfer_id);
            create index {transfer_under_way} on {transfer} (partition, changed_at, transfer_id)
            where status < {{(int)TransferStatus.Completed}};
            create table {leg} (
              account_id {{text}} not null,
              created_at bigint not null,
              transfer_id {{text}} not null,
              primary key (account_id, created_at, transfer_id)
            );
            """;
    }

    /// <inheritdoc/>
    public ValueTask Apply(
        IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation)
    {
        var changes = new Dictionary<string, TransferChange>(StringComparer.Ordinal);
        foreach (var (committed, content) in events)
        {
            var before = changes.GetValueOrDefault(committed.Journal.Key);
            if (content is TransferCreated created)
                changes[committed.Journal.Key] = new TransferChange(
                    created, committed, TransferStatus.Holding, null, committed);
            else if (StatusAfter(content) is { } status)
                changes[committed.Journal.Key] = new TransferChange(
                    before?.Created, before?.CreatedAs, status, FailureOf(content) ?? before?.Failure, committed);
        }
        foreach (var (id, change) in changes)
            Add(writes, id, change);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask Remove(JournalId journal, RowWrites writes, CancellationToken cancellation)
    {
        if (journal.Type == LedgerEvents.TransferJournals)
        {
            writes.Add(RemoveTransfer, journal.Key);
            writes.Add(RemoveLegs, journal.Key);
        }
        return default;
    }

    private static void Add(RowWrites writes, string id, TransferChange change)
    {
        var (position, changedAt) = (change.Last.At.Position, SqlTypes.Micros(change.Last.RecordedAt));
        if (change is not { Created: { } created, CreatedAs: { } createdAs })
        {
            writes.Add(UpdateTransfer, id, (int)change.Status, change.Failure, change.Last.Version, position, changedAt);
            return;
        }
        var createdAt = SqlTypes.Micros(createdAs.RecordedAt);
        writes.Add(
            InsertTransfer, id, createdAs.At.Partition, (int)change.Status,
            JsonSerializer.Serialize(created.Postings, LedgerJson.Frozen.IReadOnlyListPosting), created.Memo, change.Failure,
            change.Last.Version, position, createdAt, changedAt, SqlTypes.Day(SqlTypes.EffectiveDate(createdAs)),
            SqlTypes.CorrelationId(createdAs));
        foreach (var account in created.Postings.Select(posting => posting.AccountId).Distinct(StringComparer.Ordinal))
            writes.Add(InsertLeg, account, createdAt, id);
    }

    private static string? FailureOf(object? content) => content is TransferRefused refused
        ? JsonSerializer.Serialize(refused.Reason, LedgerJson.Frozen.Refusal)
        : null;

    private static TransferStatus? StatusAfter(object? content) => content switch
    {
        TransferHeld => TransferStatus.Crediting,
        TransferCredited => TransferStatus.Capturing,
        TransferCompleted => TransferStatus.Completed,
        TransferRefused => TransferStatus.Compensating,
        TransferFailed => TransferStatus.Failed,
        _ => null,
    };

    // What a batch of events makes of one transfer: its creation, if that is among them, and how it stands after the last.
    private sealed record TransferChange(
        TransferCreated? Created, CommittedEvent? CreatedAs, TransferStatus Status, string? Failure, CommittedEvent Last);
}
