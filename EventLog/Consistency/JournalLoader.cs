namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Makes a journal's state: from the snapshot, if there is one of this shape, and the events after it.
/// Invariant: the cost of a load depends on the events since the snapshot and not on the length of the journal.
/// </summary>
internal sealed class JournalLoader<TView, TEvent>(
    JournalContext context, JournalReads reads, Evolver<TView, TEvent> evolver, SnapshotKeeper<TView> snapshots)
    where TView : class, new()
    where TEvent : class
{
    public static JournalState<TView> Empty => new(new TView(), 0, 0, null);

    /// <summary>The state of the whole journal.</summary>
    public async Task<JournalState<TView>> Load(Deadline deadline)
    {
        if (snapshots.Restore(await reads.Snapshot(deadline)) is { Version: > 0 } restored)
        {
            // The event that the snapshot ends with is read again: it tells the place in the log, and that the snapshot does
            // not reach beyond the journal (of a database that was restored from an older copy).
            var page = await reads.Page(restored.Version - 1, context.Options.PageSize, deadline);
            if (page.Count > 0 && page[0].Version == restored.Version)
                return await Follow(restored with { LastPosition = page[0].At }, page, 1, deadline);
            // At once: when the journal has grown up to that version, nothing tells that the snapshot is of another history.
            snapshots.Discard(restored.Version);
            await reads.DeleteSnapshot(restored.Version, deadline);
        }
        return await Follow(Empty, null, 0, deadline);
    }

    /// <summary>The state with what has been appended since.</summary>
    /// <returns>The same state when nothing was.</returns>
    public async Task<JournalState<TView>> CatchUp(JournalState<TView> state, Deadline deadline)
    {
        var page = await reads.Page(state.Version, context.Options.PageSize, deadline);
        if (page.Count == 0)
            return state;
        return evolver.TryFork(state.View) is { } fork
            ? await Follow(state with { View = fork }, page, 0, deadline)
            : await Load(deadline);
    }

    /// <summary>
    /// A state that shares nothing with the given one. Where the state cannot be copied it is read from the log: slow, but it
    /// serves any class; what is read may be newer.
    /// </summary>
    public Task<JournalState<TView>> Fork(JournalState<TView> state, Deadline deadline) =>
        evolver.TryFork(state.View) is { } fork ? Task.FromResult(state with { View = fork }) : Load(deadline);

    private async Task<JournalState<TView>> Follow(
        JournalState<TView> state, IReadOnlyList<CommittedEvent>? page, int skip, Deadline deadline)
    {
        while (true)
        {
            page ??= await reads.Page(state.Version, context.Options.PageSize, deadline);
            for (var index = skip; index < page.Count; index++)
                state = evolver.Apply(state, page[index]);
            if (page.Count < context.Options.PageSize)
                return state;
            (page, skip) = (null, 0);
        }
    }
}
