using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

// What is known here of one part, and all that is committed to it: its checkpoint, the journals that are parked, and the events
// that were skipped by decision.
// Invariants: whatever is parked, moves on or is taken back moves the epoch in the same transaction, so that nobody commits who
//   does not know it; what a skip leaves out is audited in the same transaction.
internal sealed class ReadModelPartState(ReadModelBuild build, int partition, IProjection projection, ReadModelServices services)
{
    private readonly ProjectionFeed _feed = new(projection, services.Serializer);
    private Dictionary<JournalId, ParkedEvent> _parked = [];
    private Dictionary<(JournalId Journal, long Version), SkippedEvent> _skipped = [];
    private bool _isLoaded;
    private bool _needsTransaction;

    public ReadModelPart Part { get; } = new(build.Name, build.Number, partition);

    public ReadModelCheckpoint Checkpoint { get; private set; }

    public IReadOnlyCollection<ParkedEvent> Parked => _parked.Values;

    public ParkedEvent? Find(JournalId journal) => _parked.GetValueOrDefault(journal);

    // Looks again; true when something else was found than was known.
    public async Task<bool> Load(CancellationToken cancellation)
    {
        var found = await services.Store.ReadCheckpoint(Part, cancellation);
        if (_isLoaded && found == Checkpoint)
            return false;
        await Know(found, cancellation);
        return true;
    }

    // Whether an event was skipped by decision, also by one that was made in another build meanwhile.
    public async Task<bool> IsSkipped(CommittedEvent committed, CancellationToken cancellation)
    {
        await LoadQuarantine(cancellation);
        return _skipped.ContainsKey((committed.Journal, committed.Version));
    }

    // Applies the events that follow, but for those of parked journals, and moves on behind them.
    // False when somebody else moved it; that is known then.
    public Task<bool> Advance(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation) => Commit(
        events[^1].At.Position,
        _parked.Count == 0 ? events : [.. events.Where(committed => !_parked.ContainsKey(committed.Journal))],
        null, cancellation);

    // Moves on behind an event that cannot be applied.
    public Task<bool> Park(CommittedEvent failed, ParkedEvent parked, CancellationToken cancellation) =>
        Commit(failed.At.Position, [], new JournalChange(failed.Journal, parked), cancellation);

    // Applies events of one journal that are behind the checkpoint, if there are any, and changes what is known of it.
    public Task<bool> Change(
        JournalChange change, IReadOnlyList<CommittedEvent> events, CancellationToken cancellation) =>
        Commit(Checkpoint.Position, events, change, cancellation);

    private async Task<bool> Commit(
        long to, IReadOnlyList<CommittedEvent> events, JournalChange? change, CancellationToken cancellation)
    {
        var (projected, skipped) = Project(events);
        var parkedMore = change is null ? 0
            : (change.Parked is null ? 0 : 1) - (_parked.ContainsKey(change.Journal) ? 1 : 0);
        var found = change is null && skipped.Count == 0 && await Keep(projected, cancellation) is { } rows
            ? await CommitRows(to, rows, cancellation)
            : await services.Store.Commit(
                Part, Checkpoint, to,
                async transaction =>
                {
                    await Write(projected, change, transaction, cancellation);
                    foreach (var skip in skipped)
                        await AuditSkip(skip, transaction, cancellation);
                    if (change is not null)
                        await WriteChange(change, parkedMore, transaction, cancellation);
                },
                cancellation);
        if (found is { } checkpoint)
        {
            await Know(checkpoint, cancellation);
            return false;
        }
        Checkpoint = change is null
            ? Checkpoint with { Position = to }
            : new ReadModelCheckpoint(to, Checkpoint.Epoch + 1, Checkpoint.Parked + parkedMore);
        foreach (var (committed, skip) in skipped)
            _skipped[(committed.Journal, committed.Version)] = skip with { Build = Part.Build };
        if (change is not null)
            Take(change);
        return true;
    }

    // The rows that events make, before any transaction; null where the code needs one to make them.
    private async ValueTask<RowWrites?> Keep(IReadOnlyList<ProjectedEvent> projected, CancellationToken cancellation)
    {
        if (_needsTransaction)
            return null;
        var rows = new RowWrites(services.Store.Dialect, build.Tables);
        try
        {
            if (projected.Count > 0)
                await projection.Apply(projected, rows, cancellation);
            await rows.Flush(cancellation);
            return rows;
        }
        catch (NeedsTransactionException)
        {
            _needsTransaction = true;
            return null;
        }
        catch (Exception cause) when (!cancellation.IsCancellationRequested && !services.Store.IsOwnFailure(cause))
        {
            throw new EventNotAppliedException(cause);
        }
    }

    private async Task<ReadModelCheckpoint?> CommitRows(long to, RowWrites rows, CancellationToken cancellation)
    {
        try
        {
            return await services.Store.CommitRows(Part, Checkpoint, to, rows, cancellation);
        }
        catch (Exception cause) when (cause is not ReadModelGoneException
            && !cancellation.IsCancellationRequested && !services.Store.IsOwnFailure(cause))
        {
            throw new EventNotAppliedException(cause);
        }
    }

    // What is left of events after those that were skipped by decision. Of the latter, those that this build does not say yet.
    private (IReadOnlyList<ProjectedEvent> Projected, IReadOnlyList<(CommittedEvent, SkippedEvent)> Skipped) Project(
        IReadOnlyList<CommittedEvent> events)
    {
        var skipped = new List<(CommittedEvent, SkippedEvent)>();
        if (_skipped.Count > 0)
        {
            var rest = new List<CommittedEvent>(events.Count);
            foreach (var committed in events)
            {
                if (!_skipped.TryGetValue((committed.Journal, committed.Version), out var skip))
                    rest.Add(committed);
                else if (skip.Build != Part.Build)
                    skipped.Add((committed, skip));
            }
            events = rest;
        }
        try
        {
            return (_feed.Project(events), skipped);
        }
        catch (Exception cause) when (!services.Store.IsOwnFailure(cause))
        {
            throw new EventNotAppliedException(cause);
        }
    }

    private async ValueTask Write(
        IReadOnlyList<ProjectedEvent> projected, JournalChange? change, DbTransaction transaction, CancellationToken cancellation)
    {
        if (projected.Count == 0 && change is not { RemovesRows: true })
            return;
        var writes = new RowWrites(transaction, build.Tables);
        if (change is { RemovesRows: true })
        {
            await projection.Remove(change.Journal, writes, cancellation);
            await writes.Flush(cancellation);
        }
        try
        {
            if (projected.Count > 0)
                await projection.Apply(projected, writes, cancellation);
            await writes.Flush(cancellation);
        }
        catch (Exception cause) when (!cancellation.IsCancellationRequested && !services.Store.IsOwnFailure(cause))
        {
            throw new EventNotAppliedException(cause);
        }
    }

    private async ValueTask WriteChange(
        JournalChange change, int parkedMore, DbTransaction transaction, CancellationToken cancellation)
    {
        if (change.Parked is { } parked)
            await ReadModelQuarantineTable.Put(transaction, Part, parked, cancellation);
        else
            await ReadModelQuarantineTable.Delete(transaction, Part, change.Journal, cancellation);
        await ReadModelQuarantineTable.MoveEpoch(transaction, Part, parkedMore, cancellation);
        if (change.Decision is { } decision)
            await ReadModelQuarantineTable.Audit(
                transaction, Part, build.Version, decision, services.Time.GetUtcNow(), cancellation);
    }

    // A decision of another build that holds here, too, since this one is filled by the same code.
    private ValueTask AuditSkip(
        (CommittedEvent Committed, SkippedEvent Skip) skipped, DbTransaction transaction, CancellationToken cancellation)
    {
        var (committed, skip) = skipped;
        var about = new ParkedEvent(
            Part.Name, Part.Build, committed.Journal, committed.Version, committed.At, committed.Type, ParkedEvent.Quarantined, 0,
            $"skipped as decided for build {skip.Build}", services.Time.GetUtcNow(), null);
        return ReadModelQuarantineTable.Audit(
            transaction, Part, build.Version,
            new ReadModelDecision(ReadModelDecision.Skip, skip.Actor, skip.Reason, committed.Journal, about),
            services.Time.GetUtcNow(), cancellation);
    }

    // What is parked is read after the checkpoint: what is parked or taken back in between moves the epoch, so the next commit
    // from this checkpoint is refused, and all is read again.
    private async Task Know(ReadModelCheckpoint found, CancellationToken cancellation)
    {
        if (!_isLoaded || found.Epoch != Checkpoint.Epoch || found.Parked != Checkpoint.Parked)
            await LoadQuarantine(cancellation);
        Checkpoint = found;
        _isLoaded = true;
    }

    private async Task LoadQuarantine(CancellationToken cancellation)
    {
        var (parked, skipped) = await services.Store.Query(
            async connection => (
                await ReadModelQuarantineTable.Read(connection, Part, cancellation),
                await ReadModelQuarantineTable.ReadSkipped(connection, Part.Name, build.Version, Part.Partition, cancellation)),
            cancellation);
        _parked = parked.ToDictionary(one => one.Journal);
        _skipped = [];
        // One that this build says, too, need not be said again.
        foreach (var skip in skipped)
        {
            if (_skipped.GetValueOrDefault((skip.Journal, skip.Version))?.Build != Part.Build)
                _skipped[(skip.Journal, skip.Version)] = skip;
        }
        services.Parked.Set(Part, Parked);
    }

    private void Take(JournalChange change)
    {
        if (change.Parked is { } parked)
            _parked[change.Journal] = parked;
        else
            _parked.Remove(change.Journal);
        if (change.Decision is { Decision: ReadModelDecision.Skip, About: { } about } decision)
            _skipped[(change.Journal, about.Version)] =
                new SkippedEvent(change.Journal, about.Version, decision.Actor, decision.Reason!, Part.Build);
        services.Parked.Set(Part, Parked);
    }
}

// What becomes of one journal: parked, or not any more; by whose decision; and whether its rows go first.
internal sealed record JournalChange(
    JournalId Journal, ParkedEvent? Parked, ReadModelDecision? Decision = null, bool RemovesRows = false);

// The code of a read model, or the decoding, failed at an event; the database is not to blame.
internal sealed class EventNotAppliedException(Exception cause)
    : Exception($"{cause.GetType().Name}: {cause.Message}", cause)
{
    public Exception Cause => InnerException!;
}
