using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Grains.ReadModels;

/// <summary>
/// The read model <c>statements</c>: every change of a balance as a line, in an order that is that of a statement, so a
/// statement is one range of an index and its opening balance the sum of the range before it. A second index has all that
/// totals by month need, in the order of days.
/// </summary>
internal sealed class StatementsProjection : IProjection
{
    public const string ModelName = "statements";

    // An account may have been opened and have had nothing since: its statement is empty, not unknown.
    private static readonly RowStatement InsertAccount = new(
        """
        insert into {account} (account_id)
        select rows.id
        from rows
        """,
        RowColumn.Text("id"));

    private static readonly RowStatement InsertLine = new(
        """
        insert into {line} (account_id, asset, effective_date, version, type, reference, memo, amount)
        select rows.id, rows.asset, rows.effective_date, rows.version, rows.type, rows.reference, rows.memo, rows.amount
        from rows
        """,
        RowColumn.Text("id"), RowColumn.Text("asset"), RowColumn.Text("effective_date"), RowColumn.Number("version"),
        RowColumn.Text("type"), RowColumn.Text("reference"), RowColumn.Text("memo"), RowColumn.Number("amount"));

    private static readonly RowStatement RemoveAccount = new(
        "delete from {account} where account_id in (select rows.id from rows)", RowColumn.Text("id"));

    private static readonly RowStatement RemoveLines = new(
        "delete from {line} where account_id in (select rows.id from rows)", RowColumn.Text("id"));

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public int Version => 2;

    /// <inheritdoc/>
    public IReadOnlyCollection<Type> Handles { get; } =
    [
        typeof(AccountOpened), typeof(AccountDeposited), typeof(AccountWithdrawn), typeof(HoldCaptured),
        typeof(AccountCredited), typeof(CreditRevoked),
    ];

    /// <inheritdoc/>
    public string Schema(SqlDialect dialect)
    {
        var text = SqlTypes.Text(dialect);
        return $$"""
            create table {account} (
              account_id {{text}} not null primary key
            );
            create table {line} (
              account_id {{text}} not null,
              asset {{text}} not null,
              effective_date {{text}} not null,
              version bigint not null,
              type {{text}} not null,
              reference {{text}},
              memo {{text}},
              amount bigint not null,
              primary key (account_id, asset, effective_date, version)
            );
            create index {line_by_day} on {line} (asset, effective_date, amount);
            """;
    }

    /// <inheritdoc/>
    public ValueTask Apply(
        IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation)
    {
        foreach (var (committed, content) in events)
        {
            var id = committed.Journal.Key;
            if (content is AccountOpened)
                writes.Add(InsertAccount, id);
            var (reference, memo) = NotesOf(content);
            foreach (var effect in Effects.Of(content))
                writes.Add(InsertLine, id, AssetJsonConverter.Stored(effect.Amount.Asset),
                    SqlTypes.Day(SqlTypes.EffectiveDate(committed)), committed.Version, committed.Type, reference, memo,
                    effect.OnBalance * effect.Amount.MinorUnits);
        }
        return default;
    }

    /// <inheritdoc/>
    public ValueTask Remove(JournalId journal, RowWrites writes, CancellationToken cancellation)
    {
        if (journal.Type == LedgerEvents.AccountJournals)
        {
            writes.Add(RemoveAccount, journal.Key);
            writes.Add(RemoveLines, journal.Key);
        }
        return default;
    }

    private static (string? Reference, string? Memo) NotesOf(object? content) => content switch
    {
        AccountDeposited deposited => (null, deposited.Memo),
        AccountWithdrawn withdrawn => (null, withdrawn.Memo),
        HoldCaptured captured => (captured.TransferId, null),
        AccountCredited credited => (credited.TransferId, credited.Memo),
        CreditRevoked revoked => (revoked.TransferId, null),
        _ => (null, null),
    };
}
