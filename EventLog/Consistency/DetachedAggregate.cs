namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// The state of one aggregate outside its grain, for work over many of them that appends in bulk. It is the fold of a prefix
/// of the journal and may be behind it: what is decided on it counts only when it is appended at <see cref="Version"/>.
/// One caller at a time.
/// </summary>
/// <typeparam name="TState">The aggregate's state.</typeparam>
/// <typeparam name="TEvent">The base type of its events.</typeparam>
public sealed class DetachedAggregate<TState, TEvent>
    where TState : class
    where TEvent : class
{
    private readonly JournalContext _context;
    private readonly JournalLoader<StateHolder<TState>, TEvent> _loader;
    private readonly SnapshotKeeper<StateHolder<TState>> _snapshots;
    private readonly TState _initial;
    private JournalState<StateHolder<TState>>? _state;

    internal DetachedAggregate(
        JournalContext context, JournalLoader<StateHolder<TState>, TEvent> loader,
        SnapshotKeeper<StateHolder<TState>> snapshots, TState initial) =>
        (_context, _loader, _snapshots, _initial) = (context, loader, snapshots, initial);

    /// <summary>The journal.</summary>
    public JournalId Journal => _context.Journal;

    /// <summary>The state, as far as it was read.</summary>
    public TState State => _state?.View.Value ?? _initial;

    /// <summary>The version that the state includes; 0 for none.</summary>
    public long Version => _state?.Version ?? 0;

    /// <summary>Reads what has been appended since; the first time everything, from a snapshot where there is one.</summary>
    /// <param name="timeout">How long it may take.</param>
    /// <exception cref="EventLogUnavailableException">The journal cannot be read now.</exception>
    /// <exception cref="EventLogCorruptException">It cannot be decoded or applied.</exception>
    public async Task CatchUp(TimeSpan timeout)
    {
        var deadline = Deadline.After(timeout, _context.Time);
        _state = await (_state is { } state ? _loader.CatchUp(state, deadline) : _loader.Load(deadline));
    }

    /// <summary>Takes over the state after events that were appended at this one's version, and keeps a snapshot if one is due.</summary>
    /// <param name="state">The state after them.</param>
    /// <param name="version">The journal's version after them.</param>
    /// <param name="last">The place of the last one.</param>
    public void Follow(TState state, long version, LogPosition last)
    {
        var clearedAt = _state?.ClearedAt ?? 0;
        _state = new JournalState<StateHolder<TState>>(new StateHolder<TState> { Value = state }, version, clearedAt, last);
        _snapshots.Offer(_state);
    }

    /// <summary>Completes when no snapshot is being written; it never fails.</summary>
    public Task Finish() => _snapshots.Finish();
}
