using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

// Compares the tables of two builds, page by page. Both connections are in a read transaction, so that nothing moves meanwhile.
// Invariants: every row of either side is looked at once; what is kept in memory is bounded.
internal sealed class ReadModelComparison(
    DbConnection live, ReadModelTables liveTables, DbConnection shadow, ReadModelTables shadowTables, Action<long> report)
{
    // Whoever has more than this has another trouble than each of them.
    private const int DifferencesMax = 100;

    private readonly List<RowDifference> _differences = [];
    private readonly List<VerifiedTable> _verified = [];
    private long _rows;

    public long DifferenceCount { get; private set; }

    public IReadOnlyList<RowDifference> Differences => _differences;

    public IReadOnlyList<VerifiedTable> Verified => _verified;

    // The first row that differs, and how it is in the live build.
    public (ComparedTable Table, ComparedRow Key, ComparedRow? Live)? First { get; private set; }

    public async Task Run(CancellationToken cancellation)
    {
        var tables = await ComparedTable.Of(live, liveTables, cancellation);
        var names = (await ComparedTable.Of(shadow, shadowTables, cancellation)).Select(table => table.Name).ToArray();
        if (tables.FirstOrDefault(table => !names.Contains(table.Name)) is { } unknown)
            throw new NotSupportedException(
                $"The live build has a table {liveTables.Prefix}{unknown.Name} that the projection does not make. Drop it, or give it "
                + "another name.");
        if (names.FirstOrDefault(name => tables.All(table => table.Name != name)) is { } lost)
            throw new NotSupportedException(
                $"The live build has lost its table {liveTables.Prefix}{lost}. Rebuild the read model.");
        foreach (var table in tables)
            await Compare(table, cancellation);
    }

    private async Task Compare(ComparedTable table, CancellationToken cancellation)
    {
        var before = _rows;
        ComparedRow? last = null;
        while (true)
        {
            var page = await table.ReadPage(live, liveTables, last, null, cancellation);
            var isLast = page.Count < ComparedTable.PageMax;
            await ComparePage(table, page, last, isLast ? null : page[^1], cancellation);
            _rows += page.Count;
            report(_rows);
            if (isLast)
                break;
            last = page[^1];
        }
        _verified.Add(new VerifiedTable(table.Name, _rows - before));
    }

    // Rows of one range of keys, found by their keys: no order of ours comes into it.
    private async Task ComparePage(
        ComparedTable table, IReadOnlyList<ComparedRow> page, ComparedRow? after, ComparedRow? upTo, CancellationToken cancellation)
    {
        var left = page.ToDictionary(row => row.Identity, StringComparer.Ordinal);
        for (var isLast = false; !isLast;)
        {
            var replayed = await table.ReadPage(shadow, shadowTables, after, upTo, cancellation);
            foreach (var row in replayed)
            {
                left.Remove(row.Identity, out var known);
                Compare(table, known, row);
            }
            isLast = replayed.Count < ComparedTable.PageMax;
            after = isLast ? null : replayed[^1];
            // However many rows the other side has here, this one must not be idle for so long that the database ends it.
            await KeepAwake(live, cancellation);
        }
        foreach (var row in page.Where(row => left.ContainsKey(row.Identity)))
            Compare(table, row, null);
    }

    public static async Task KeepAwake(DbConnection connection, CancellationToken cancellation)
    {
        await using var command = connection.Command("select 1");
        await command.ExecuteScalarAsync(cancellation);
    }

    private void Compare(ComparedTable table, ComparedRow? known, ComparedRow? replayed)
    {
        if (ComparedRow.IsSame(known, replayed))
            return;
        if (DifferenceCount++ == 0)
            First = (table, known ?? replayed!, known);
        if (_differences.Count < DifferencesMax)
            _differences.Add(table.Difference(known, replayed));
    }
}
