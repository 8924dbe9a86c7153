using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.ReadSide;

[GenerateSerializer, Immutable, Alias("test.added")]
internal sealed record Added([property: Id(0)] long Amount);

[GenerateSerializer, Immutable, Alias("test.ignored")]
internal sealed record Ignored([property: Id(0)] string Text);

/// <summary>
/// Counts and sums, and folds all amounts into a number that tells whether one was missed, repeated or out of order.
/// </summary>
internal sealed class TallyProjection(TallyFault? fault = null) : IProjection
{
    private static readonly RowStatement s_add = new(
        """
        insert into {tally} (journal, count, sum, fold)
        select rows.journal, 1, rows.amount, rows.amount
        from rows
        on conflict (journal) do update
        set count = {tally}.count + 1, sum = {tally}.sum + excluded.sum,
            fold = ({tally}.fold * 31 + excluded.sum) % 1000000007
        """,
        RowColumn.Text("journal"), RowColumn.Number("amount"));

    // Fails where the journal has a row.
    private static readonly RowStatement s_insert = new(
        "insert into {tally} (journal, count) select rows.journal, rows.amount from rows",
        RowColumn.Text("journal"), RowColumn.Number("amount"));

    private static readonly RowStatement s_wrong = new(
        "insert into {tally} (journal, misspelt) select rows.journal, rows.amount from rows",
        RowColumn.Text("journal"), RowColumn.Number("amount"));

    private static readonly RowStatement s_remove = new(
        "delete from {tally} where journal in (select rows.journal from rows)", RowColumn.Text("journal"));

    public string Name => "tally";

    public int Version => 1;

    public IReadOnlyCollection<Type> Handles => [typeof(Added)];

    public string Schema(SqlDialect dialect) =>
        "create table {tally} (journal text primary key, count bigint, sum bigint, fold bigint)";

    public async ValueTask Apply(IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation)
    {
        foreach (var projected in events)
        {
            var amount = ((Added)projected.Content!).Amount;
            if (amount == fault?.PoisonAmount)
                Fail(fault.Kind, writes, projected, amount);
            writes.Add(s_add, projected.Committed.Journal.Value, amount);
            // The fold needs the row as the event before left it.
            await writes.Flush(cancellation);
        }
    }

    private static void Fail(FaultKind kind, RowWrites writes, ProjectedEvent projected, long amount)
    {
        switch (kind)
        {
            case FaultKind.Constraint:
                writes.Add(s_insert, projected.Committed.Journal.Value, amount);
                break;
            case FaultKind.Statement:
                writes.Add(s_wrong, projected.Committed.Journal.Value, amount);
                break;
            case FaultKind.Unavailable:
                throw new EventLogUnavailableException("gone fishing");
            default:
                throw new InvalidOperationException($"cannot take {amount}");
        }
    }

    public ValueTask Remove(JournalId journal, RowWrites writes, CancellationToken cancellation)
    {
        writes.Add(s_remove, journal.Value);
        return default;
    }

    public static Tally Fold(IEnumerable<long> amounts) => amounts.Aggregate(
        new Tally(0, 0, 0),
        (tally, amount) => new Tally(
            tally.Count + 1, tally.Sum + amount, tally.Count == 0 ? amount : (tally.Fold * 31 + amount) % 1_000_000_007));
}

internal sealed record Tally(long Count, long Sum, long Fold);

/// <summary>Makes the projection fail at one amount, until it is repaired.</summary>
internal sealed class TallyFault
{
    public long? PoisonAmount { get; set; }

    public FaultKind Kind { get; set; }

    /// <summary>Where the projection can be held, nothing is applied before this ends.</summary>
    public Task Held { get; set; } = Task.CompletedTask;
}

/// <summary>In which way.</summary>
public enum FaultKind
{
    /// <summary>The code throws.</summary>
    Code,

    /// <summary>What it writes breaks a constraint.</summary>
    Constraint,

    /// <summary>Its statement is wrong.</summary>
    Statement,

    /// <summary>The database cannot be used.</summary>
    Unavailable,
}
