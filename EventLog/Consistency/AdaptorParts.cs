namespace OrleansEs.EventLog.Consistency;

/// <summary>The parts that one activation's adaptor is put together from.</summary>
internal sealed record AdaptorParts<TView, TEvent>(
    JournalCore<TView, TEvent> Core, Evolver<TView, TEvent> Evolver, SnapshotKeeper<TView> Snapshots)
    where TView : class, new()
    where TEvent : class;
