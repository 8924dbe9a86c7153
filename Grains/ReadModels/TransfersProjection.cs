using System.Data.Common;
using System.Text.Json;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.ReadModels;

/// <summary>
/// The read model <c>transfers</c>: a row for each transfer, one for each account that takes part, and the index by which
/// those that are not at an end are found.
/// </summary>
internal sealed class TransfersProjection : IProjection
{
    public const string ModelName = "transfers";

    private const string InsertTransfer = """
        insert into transfers_v1_transfer (transfer_id, partition, status, postings, memo, failure, version, position,
            created_at, changed_at, effective_date, correlation_id)
        values (@id, @partition, @status, @postings, @memo, null, @version, @position,
            @created_at, @changed_at, @effective_date, @correlation_id)
        """;

    private const string InsertLeg = """
        insert into transfers_v1_leg (account_id, created_at, transfer_id)
        values (@account_id, @created_at, @transfer_id)
        """;

    private const string UpdateTransfer = """
        update transfers_v1_transfer
        set status = @status, failure = coalesce(@failure, failure), version = @version, position = @position,
            changed_at = @changed_at
        where transfer_id = @id
        """;

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public IReadOnlyCollection<Type> Handles => LedgerEvents.TransferTypes;

    /// <inheritdoc/>
    public string Schema(SqlDialect dialect)
    {
        var text = SqlTypes.Text(dialect);
        return $"""
            create table if not exists transfers_v1_transfer (
              transfer_id {text} not null primary key,
              partition integer not null,
              status integer not null,
              postings {text} not null,
              memo {text},
              failure {text},
              version bigint not null,
              position bigint not null,
              created_at bigint not null,
              changed_at bigint not null,
              effective_date {text} not null,
              correlation_id {text}
            );
            create index if not exists transfers_v1_by_time on transfers_v1_transfer (created_at, transfer_id);
            create index if not exists transfers_v1_under_way on transfers_v1_transfer (partition, changed_at, transfer_id)
            where status < {(int)TransferStatus.Completed};
            create table if not exists transfers_v1_leg (
              account_id {text} not null,
              created_at bigint not null,
              transfer_id {text} not null,
              primary key (account_id, created_at, transfer_id)
            );
            """;
    }

    /// <inheritdoc/>
    public async ValueTask Apply(
        IReadOnlyList<ProjectedEvent> events, DbTransaction transaction, CancellationToken cancellation)
    {
        await using var insert = new PreparedCommand(transaction, InsertTransfer, "@id", "@partition", "@status", "@postings",
            "@memo", "@version", "@position", "@created_at", "@changed_at", "@effective_date", "@correlation_id");
        await using var insertLeg = new PreparedCommand(transaction, InsertLeg, "@account_id", "@created_at", "@transfer_id");
        await using var update = new PreparedCommand(
            transaction, UpdateTransfer, "@status", "@failure", "@version", "@position", "@changed_at", "@id");
        foreach (var (committed, content) in events)
        {
            var (id, at) = (committed.Journal.Key, SqlTypes.Micros(committed.RecordedAt));
            if (content is TransferCreated created)
            {
                await Insert(insert, created, committed, cancellation);
                foreach (var account in created.Postings.Select(posting => posting.AccountId).Distinct(StringComparer.Ordinal))
                    await insertLeg.Run(cancellation, account, at, id);
            }
            else if (StatusAfter(content) is { } status)
            {
                var failure = content is TransferRefused refused
                    ? JsonSerializer.Serialize(refused.Reason, LedgerJson.Frozen.Refusal)
                    : null;
                await update.Run(cancellation, (int)status, failure, committed.Version, committed.At.Position, at, id);
            }
        }
    }

    private static Task<int> Insert(
        PreparedCommand insert, TransferCreated created, CommittedEvent committed, CancellationToken cancellation)
    {
        var at = SqlTypes.Micros(committed.RecordedAt);
        return insert.Run(
            cancellation, committed.Journal.Key, committed.At.Partition, (int)TransferStatus.Holding,
            JsonSerializer.Serialize(created.Postings, LedgerJson.Frozen.IReadOnlyListPosting), created.Memo,
            committed.Version, committed.At.Position, at, at, SqlTypes.Day(SqlTypes.EffectiveDate(committed)),
            committed.Metadata.CorrelationId);
    }

    private static TransferStatus? StatusAfter(object? content) => content switch
    {
        TransferHeld => TransferStatus.Crediting,
        TransferCredited => TransferStatus.Capturing,
        TransferCompleted => TransferStatus.Completed,
        TransferRefused => TransferStatus.Compensating,
        TransferFailed => TransferStatus.Failed,
        _ => null,
    };
}
