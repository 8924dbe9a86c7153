using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

// Compares the rows of one journal, chosen at random, with what its events make: a look that costs next to nothing, now and then.
// What it applies again is taken back in the same transaction, and nobody sees it.
// Only for read models that can take the rows of one journal away: rows of one journal are its own there.
// Invariant: a journal that moves on meanwhile is no difference.
internal sealed partial class ReadModelSampler(
    ReadModelBuilds builds, ReadModelServices services, EventLogMeter meter, Random random, ILogger<ReadModelSampler> logger)
{
    // A journal that moves on so often is looked at another time.
    private const int TriesMax = 3;

    // Longer journals are left out. On SQLite everybody who writes waits for this one.
    private const int EventsMax = 10_000;
    private const int EventsMaxOnSqlite = 1_000;

    // No build has this number, so these tables are nobody's.
    private const int TablesNumber = 0;

    private int Partitions => services.Log.Identity.Partitions;

    // What it found, and how many journals it has looked at: none when there is none that it can.
    public async Task<SampleOutcome> Sample(string name, CancellationToken cancellation)
    {
        for (var attempt = 1; attempt <= TriesMax; attempt++)
        {
            if (builds.OneOf(name, ReadModelBuildState.Live) is not { } live || !builds.ProjectionOf(live).TakesJournalsAway())
                return SampleOutcome.LeftOut;
            if (await Choose(live, cancellation) is not { } journal)
                return SampleOutcome.LeftOut;
            var outcome = await Sample(live, journal, cancellation);
            if (outcome != SampleOutcome.MovedOn)
                return outcome;
        }
        return SampleOutcome.MovedOn;
    }

    // The journal of any event that is applied, each as likely as any other.
    private async Task<JournalId?> Choose(ReadModelBuild live, CancellationToken cancellation)
    {
        var moment = await ReadMoment(live, cancellation);
        if (moment.Events == 0)
            return null;
        long chosen;
        lock (random)
            chosen = random.NextInt64(moment.Events);
        var partition = 0;
        for (; chosen >= moment.Parts[partition].Position; partition++)
            chosen -= moment.Parts[partition].Position;
        var read = await services.Log.ReadPartition(new LogPosition(partition, chosen), 1, cancellation);
        return read.Count == 0 ? null : read[0].Journal;
    }

    private async Task<SampleOutcome> Sample(ReadModelBuild live, JournalId journal, CancellationToken cancellation)
    {
        var partition = journal.PartitionOf(Partitions);
        var before = (await ReadMoment(live, cancellation)).Parts[partition];
        var eventsMax = services.Store.Dialect == SqlDialect.Sqlite ? EventsMaxOnSqlite : EventsMax;
        var read = await services.Log.ReadJournal(journal, 0, eventsMax + 1, cancellation);
        CommittedEvent[] passed = [.. read.TakeWhile(one => one.At.Position <= before.Position)];
        if (passed.Length == 0 || passed.Length > eventsMax)
            return SampleOutcome.LeftOut;
        var replayed = await Replay(live, [.. passed.Where(one => !before.LeavesOut(one))], cancellation);
        return await services.Store.Query(
            async connection =>
            {
                var now = (await ReadModelMoment.Read(connection, live, Partitions, cancellation)).Parts[partition];
                var next = await services.Log.ReadJournal(journal, passed[^1].Version, 1, cancellation);
                var hasMoved = now.Position < before.Position || !now.TellsTheSameOf(journal, before)
                    || (next.Count > 0 && next[0].At.Position <= now.Position);
                return hasMoved ? SampleOutcome.MovedOn : await Compare(connection, live, journal, replayed, cancellation);
            },
            cancellation);
    }

    private async Task<SampleOutcome> Compare(
        DbConnection connection, ReadModelBuild live, JournalId journal,
        IReadOnlyList<(ComparedTable Table, ComparedRow Row)> replayed, CancellationToken cancellation)
    {
        meter.Sampled(live.Name);
        var differing = 0;
        foreach (var (table, row) in replayed)
        {
            await using var command = connection.CreateCommand();
            var known = await table.Find(command, live.Tables, row, cancellation);
            if (ComparedRow.IsSame(known, row))
                continue;
            if (differing++ == 0)
                LogDrifted(live.Name, live.Number, journal, table.Difference(known, row));
        }
        if (differing == 0)
            return SampleOutcome.Equal;
        meter.Drifted(live.Name, differing);
        return SampleOutcome.Differs;
    }

    // The rows that the events of one journal make, in tables that are gone when it returns.
    private async Task<IReadOnlyList<(ComparedTable Table, ComparedRow Row)>> Replay(
        ReadModelBuild live, IReadOnlyList<CommittedEvent> events, CancellationToken cancellation)
    {
        var tables = new ReadModelTables(live.Name, TablesNumber);
        var projection = builds.ProjectionOf(live);
        var projected = new ProjectionFeed(projection, services.Serializer).Project(events);
        try
        {
            return await services.Store.Write<IReadOnlyList<(ComparedTable, ComparedRow)>>(
                async transaction =>
                {
                    await using var schema = transaction.Command(tables.Sql(projection.Schema(services.Store.Dialect)));
                    await schema.ExecuteNonQueryAsync(cancellation);
                    var writes = new RowWrites(transaction, tables);
                    if (projected.Count > 0)
                        await projection.Apply(projected, writes, cancellation);
                    await writes.Flush(cancellation);
                    throw new TakenBackException(await ReadRows(transaction.Connection!, tables, cancellation));
                },
                cancellation);
        }
        // Whatever work throws takes back what it wrote.
        catch (TakenBackException taken)
        {
            return taken.Rows;
        }
    }

    private static async Task<IReadOnlyList<(ComparedTable, ComparedRow)>> ReadRows(
        DbConnection connection, ReadModelTables tables, CancellationToken cancellation)
    {
        var rows = new List<(ComparedTable, ComparedRow)>();
        foreach (var table in await ComparedTable.Of(connection, tables, cancellation))
        {
            ComparedRow? last = null;
            for (var isLast = false; !isLast;)
            {
                var page = await table.ReadPage(connection, tables, last, null, cancellation);
                rows.AddRange(page.Select(row => (table, row)));
                isLast = page.Count < ComparedTable.PageMax;
                last = isLast ? null : page[^1];
            }
        }
        return rows;
    }

    private Task<ReadModelMoment> ReadMoment(ReadModelBuild live, CancellationToken cancellation) => services.Store.Query(
        connection => ReadModelMoment.Read(connection, live, Partitions, cancellation), cancellation);

    // Carries the rows out of a transaction that is not to be kept.
    private sealed class TakenBackException(IReadOnlyList<(ComparedTable, ComparedRow)> rows) : Exception
    {
        public IReadOnlyList<(ComparedTable, ComparedRow)> Rows => rows;
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Build {Build} of read model {ReadModel} is not as the events of journal {Journal} make it: {Difference}. "
            + "Compare all of it: readmodel verify; repair it: readmodel rebuild.")]
    private partial void LogDrifted(string readModel, int build, JournalId journal, RowDifference difference);
}

// How a look at one journal ended.
internal enum SampleOutcome
{
    // Its rows are as its events make them.
    Equal,

    // A row is not.
    Differs,

    // It changed whenever it was looked at.
    MovedOn,

    // There is none, or it is too long, or the read model's rows cannot be told by journal.
    LeftOut,
}
