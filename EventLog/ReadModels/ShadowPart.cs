using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

// One partition's share of a shadow: the events of the log, applied again to tables that nobody else knows.
// Invariants: its rows are those of a moment of the build that it shadows, with what that build left out left out; a commit whose
//   answer was lost is looked up and never done twice.
internal sealed class ShadowPart(ReadModelBuild shadow, int partition, IProjection projection, ReadModelServices services)
{
    // A database that is gone for longer ends the verification, which says so.
    private const int TriesMax = 5;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly ReadModelPart _part = new(shadow.Name, shadow.Number, partition);
    private readonly ProjectionFeed _feed = new(projection, services.Serializer);
    private readonly Dictionary<JournalId, long> _parked = [];
    private PartMoment _known = PartMoment.Beginning;
    private ReadModelCheckpoint _at;

    public long Position => _at.Position;

    public int Partition => partition;

    // Goes on to where the build was at a later moment.
    /// <exception cref="ShadowOvertakenException">It cannot get there: what it has applied was left out meanwhile.</exception>
    public async Task MoveTo(PartMoment moment, Action report, CancellationToken cancellation)
    {
        await Settle(moment, cancellation);
        _known = moment;
        _parked.Clear();
        foreach (var (journal, from) in moment.Parked)
            _parked.Add(journal, from.Version);
        while (await NextPage(moment, cancellation) is { Count: > 0 } page)
        {
            await Apply(page, moment, cancellation);
            report();
        }
    }

    // The next events up to a moment; none at its end.
    public async Task<IReadOnlyList<CommittedEvent>> NextPage(PartMoment moment, CancellationToken cancellation)
    {
        if (Position == moment.Position)
            return [];
        // Others who write the same database get their turn between pages of a moderate size.
        var count = (int)Math.Min(services.Options.PageSizeMax, moment.Position - Position);
        var page = await services.Log.ReadPartition(new LogPosition(partition, Position), count, cancellation);
        return page.Count > 0 ? page : throw new EventLogCorruptException(
            $"Partition {partition} ends at {Position}, and read model '{_part.Name}' has applied {moment.Position}.");
    }

    // Writes rows and moves on; within the same position when these are events that were passed before.
    public async Task Commit(long to, Func<DbTransaction, ValueTask> write, CancellationToken cancellation)
    {
        var isStaying = to == Position;
        var next = isStaying ? _at with { Epoch = _at.Epoch + 1 } : _at with { Position = to };
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var found = await services.Store.Commit(
                    _part, _at, to,
                    async transaction =>
                    {
                        await write(transaction);
                        if (isStaying)
                            await ReadModelQuarantineTable.MoveEpoch(transaction, _part, 0, cancellation);
                    },
                    cancellation);
                // Where it should be already: the try before was committed, and its answer lost.
                if (found is { } other && other != next)
                    throw new ShadowOvertakenException($"{_part.Key} is at {other} and should be at {_at}.");
                _at = next;
                return;
            }
            catch (Exception failure) when (
                attempt < TriesMax && !cancellation.IsCancellationRequested && services.Store.IsOwnFailure(failure))
            {
                await Task.Delay(RetryDelay * attempt, services.Time, cancellation);
            }
        }
    }

    // The code of the read model, and the decoding before it, on events of which nothing is left out.
    public async ValueTask Write(
        IReadOnlyList<CommittedEvent> events, DbTransaction transaction, CancellationToken cancellation)
    {
        var projected = _feed.Project(events);
        if (projected.Count == 0)
            return;
        var writes = new RowWrites(transaction, shadow.Tables);
        await projection.Apply(projected, writes, cancellation);
        await writes.Flush(cancellation);
    }

    private async Task Apply(IReadOnlyList<CommittedEvent> page, PartMoment moment, CancellationToken cancellation)
    {
        try
        {
            await Commit(
                page[^1].At.Position,
                transaction => Write([.. page.Where(one => !moment.LeavesOut(one))], transaction, cancellation), cancellation);
        }
        catch (Exception failure) when (IsOfTheCode(failure, cancellation))
        {
            await ApplyOneByOne(page, moment, cancellation);
        }
    }

    private async Task ApplyOneByOne(IReadOnlyList<CommittedEvent> page, PartMoment moment, CancellationToken cancellation)
    {
        foreach (var committed in page)
        {
            try
            {
                await Commit(
                    committed.At.Position,
                    transaction => moment.LeavesOut(committed) ? default : Write([committed], transaction, cancellation),
                    cancellation);
            }
            catch (Exception failure) when (IsOfTheCode(failure, cancellation))
            {
                throw new InvalidOperationException(
                    $"Event {committed.Version} of journal {committed.Journal} ({committed.At}, {committed.Type}), which the live "
                    + $"build has applied, cannot be applied again: {failure.Message}", failure);
            }
        }
    }

    private bool IsOfTheCode(Exception failure, CancellationToken cancellation) =>
        failure is not ShadowOvertakenException and not ReadModelGoneException
        && !cancellation.IsCancellationRequested && !services.Store.IsOwnFailure(failure);

    // Journals that were parked and have moved on since get the events that were left out for them. What has been applied here and
    // was left out there since cannot be taken back.
    private async Task Settle(PartMoment moment, CancellationToken cancellation)
    {
        if (moment.Position < Position
            || moment.Skipped.Any(skip => !_known.Skipped.ContainsKey(skip.Key)
                && HasApplied(skip.Key.Journal, skip.Key.Version, skip.Value))
            || moment.Parked.Any(parked => HasApplied(parked.Key, parked.Value.Version, parked.Value.Position)))
            throw new ShadowOvertakenException($"What {_part.Key} has applied was left out in the live build since.");
        foreach (var (journal, from) in _parked.ToArray())
            await Settle(journal, from, moment, cancellation);
    }

    private async Task Settle(JournalId journal, long from, PartMoment moment, CancellationToken cancellation)
    {
        var until = moment.Parked.TryGetValue(journal, out var parked) ? parked.Version : long.MaxValue;
        while (from < until)
        {
            var read = await services.Log.ReadJournal(journal, from - 1, services.Options.PageSizeMax, cancellation);
            CommittedEvent[] passed = [.. read.TakeWhile(one => one.At.Position <= Position && one.Version < until)];
            if (passed.Length == 0)
                return;
            await Commit(
                Position,
                transaction => Write([.. passed.Where(one => !moment.LeavesOut(one))], transaction, cancellation), cancellation);
            // Whoever is stopped here goes on here.
            _parked[journal] = from = passed[^1].Version + 1;
        }
    }

    private bool HasApplied(JournalId journal, long version, long position) =>
        position <= Position && !(_parked.TryGetValue(journal, out var from) && version >= from);
}

// A shadow cannot be brought to where the live build is, and must be begun anew.
internal sealed class ShadowOvertakenException(string message) : Exception(message);
