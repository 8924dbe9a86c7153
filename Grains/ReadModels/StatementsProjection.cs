using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Grains.ReadModels;

/// <summary>
/// The read model <c>statements</c>: every change of a balance as a line, in an order that is that of a statement, so a
/// statement is one range of an index and its opening balance the sum of the range before it. A second index has all that
/// totals by month need, in the order of days. What else a line shows is read from its event, which its position names.
/// </summary>
internal sealed class StatementsProjection : IProjection
{
    public const string ModelName = "statements";

    // An account may have been opened and have had nothing since: its statement is empty, not unknown.
    private static readonly RowStatement InsertAccount = new(
        """
        insert into {account} (account_id, partition)
        select rows.id, rows.partition
        from rows
        """,
        RowColumn.Text("id"), RowColumn.Number("partition"));

    private static readonly RowStatement InsertLine = new(
        """
        insert into {line} (position, amount, effective_date, account_id, asset)
        select rows.position, rows.amount, rows.effective_date, rows.id, rows.asset
        from rows
        """,
        RowColumn.Number("position"), RowColumn.Number("amount"), RowColumn.Number("effective_date"), RowColumn.Text("id"),
        RowColumn.Text("asset"));

    private static readonly RowStatement RemoveAccount = new(
        "delete from {account} where account_id in (select rows.id from rows)", RowColumn.Text("id"));

    private static readonly RowStatement RemoveLines = new(
        "delete from {line} where account_id in (select rows.id from rows)", RowColumn.Text("id"));

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public int Version => 4;

    /// <inheritdoc/>
    public IReadOnlyCollection<Type> Handles { get; } =
    [
        typeof(AccountOpened), typeof(AccountDeposited), typeof(AccountWithdrawn), typeof(HoldCaptured),
        typeof(AccountCredited), typeof(CreditRevoked),
    ];

    /// <inheritdoc/>
    // effective_date: a number that reads like the day, 20260131.
    // position: along an account it grows as the version does, and along a partition as time does.
    // A day's lines go to the end of the second index, and not all over it: PostgreSQL has those of one key in the order in which
    // they came, with amounts beside the key; SQLite, which has no such columns, has the position before the amount, so that
    // they go to one place for each partition. (With the amount first each commit of lines wrote a page for every line.)
    public string Schema(SqlDialect dialect)
    {
        var text = SqlTypes.Text(dialect);
        var day = dialect == SqlDialect.Postgres
            ? "(asset, effective_date) include (amount)"
            : "(asset, effective_date, position, amount)";
        return $$"""
            create table {account} (
              account_id {{text}} not null primary key,
              partition integer not null
            ){{SqlTypes.WithoutRowId(dialect)}};
            create table {line} (
              position bigint not null,
              amount bigint not null,
              effective_date integer not null,
              account_id {{text}} not null,
              asset {{text}} not null,
              primary key (account_id, asset, effective_date, position)
            ){{SqlTypes.WithoutRowId(dialect)}};
            create index {line_by_day} on {line} {{day}};
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
                writes.Add(InsertAccount, id, committed.At.Partition);
            foreach (var effect in Effects.Of(content))
                writes.Add(InsertLine, committed.At.Position, effect.OnBalance * effect.Amount.MinorUnits,
                    SqlTypes.DayNumber(SqlTypes.EffectiveDate(committed)), id, AssetJsonConverter.Stored(effect.Amount.Asset));
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
}
