using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

// Finds the event at which one row began to differ: applies all events again, beside everything else, and looks at that row.
// The answer is exact where the rows of one journal are its own; else a page of events that leaves the row as it was counts as
// one that does not touch it.
internal sealed class ReadModelTrace(
    ComparedTable table, ComparedRow key, ComparedRow? live, ReadModelBuild shadow, IProjection projection, ReadModelServices services)
{
    private readonly bool _isOfOneJournal = projection.TakesJournalsAway();
    private ComparedRow? _row;
    private CommittedEvent? _diverging;

    public async Task<DivergingEvent?> Run(ReadModelMoment moment, Action<long> report, CancellationToken cancellation)
    {
        var done = 0L;
        foreach (var partition in Order(moment))
        {
            var part = new ShadowPart(shadow, partition, projection, services);
            var isTouched = await Follow(part, moment.Parts[partition], position => report(done + position), cancellation);
            // No two partitions write the same row.
            if (isTouched)
                break;
            done += moment.Parts[partition].Position;
        }
        return _diverging is { } found ? new DivergingEvent(found.At, found.Journal, found.Version, found.Type) : null;
    }

    // A row that says its partition need not be looked for in the others first.
    private IEnumerable<int> Order(ReadModelMoment moment)
    {
        var column = key.Columns.ToList().IndexOf("partition");
        var first = column >= 0 && key.Values[column] is int or long ? Convert.ToInt64(key.Values[column], null) : 0;
        return Enumerable.Range(0, moment.Parts.Count).OrderBy(partition => partition == first ? 0 : 1);
    }

    private async Task<bool> Follow(ShadowPart part, PartMoment moment, Action<long> report, CancellationToken cancellation)
    {
        var isTouched = false;
        while (await part.NextPage(moment, cancellation) is { Count: > 0 } page)
        {
            CommittedEvent[] events = [.. page.Where(one => !moment.LeavesOut(one))];
            if (await Passes(part, events, page[^1].At.Position, cancellation))
            {
                report(part.Position);
                continue;
            }
            isTouched = true;
            var first = await OneByOne(part, events, page[^1].At.Position, cancellation);
            report(part.Position);
            if (_isOfOneJournal && first is not null)
            {
                await FollowJournal(part, first, moment, cancellation);
                break;
            }
        }
        return isTouched;
    }

    // Applies events together if they leave the row as it is; else nothing is kept.
    private async Task<bool> Passes(
        ShadowPart part, IReadOnlyList<CommittedEvent> events, long to, CancellationToken cancellation)
    {
        try
        {
            await part.Commit(
                to,
                async transaction =>
                {
                    await part.Write(events, transaction, cancellation);
                    if (!ComparedRow.IsSame(await Find(transaction, cancellation), _row))
                        throw new RowTouchedException();
                },
                cancellation);
            return true;
        }
        catch (RowTouchedException)
        {
            return false;
        }
    }

    // Applies events one after the other and looks at the row after each. The first one that changes it.
    private async Task<CommittedEvent?> OneByOne(
        ShadowPart part, IReadOnlyList<CommittedEvent> events, long to, CancellationToken cancellation)
    {
        var rows = new List<ComparedRow?>();
        await part.Commit(
            to,
            async transaction =>
            {
                rows.Clear();
                foreach (var committed in events)
                {
                    await part.Write([committed], transaction, cancellation);
                    rows.Add(await Find(transaction, cancellation));
                }
            },
            cancellation);
        CommittedEvent? first = null;
        foreach (var (committed, row) in events.Zip(rows))
        {
            if (!ComparedRow.IsSame(row, _row))
                first ??= committed;
            // From here on the row differs, unless it becomes again what it is in the live build.
            if (ComparedRow.IsSame(row, live))
                _diverging = null;
            else if (!ComparedRow.IsSame(row, _row))
                _diverging ??= committed;
            _row = row;
        }
        return first;
    }

    // All other events are of no account from here on.
    private async Task FollowJournal(ShadowPart part, CommittedEvent touched, PartMoment moment, CancellationToken cancellation)
    {
        var version = touched.Version;
        while (true)
        {
            var read = await services.Log.ReadJournal(touched.Journal, version, services.Options.PageSizeMax, cancellation);
            CommittedEvent[] events = [.. read.TakeWhile(one => one.At.Position <= moment.Position)];
            if (events.Length == 0)
                return;
            version = events[^1].Version;
            // Those of the page before, in which it was met, are applied.
            CommittedEvent[] missing = [.. events.Where(one => one.At.Position > part.Position && !moment.LeavesOut(one))];
            await OneByOne(part, missing, part.Position, cancellation);
        }
    }

    private async Task<ComparedRow?> Find(DbTransaction transaction, CancellationToken cancellation)
    {
        await using var command = transaction.Command("");
        return await table.Find(command, shadow.Tables, key, cancellation);
    }

    // Ends a transaction that is not wanted; nobody else sees it.
    private sealed class RowTouchedException : Exception;
}
