using Microsoft.Extensions.Logging;
using Orleans.Serialization;
using OrleansEs.EventLog.Codec;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Loads states of aggregates outside their grains, the way the grains do it: from the snapshot and the events after it. For
/// work over many aggregates that appends in bulk; a single command belongs to the grain. One per silo.
/// </summary>
public sealed class AggregateStates
{
    private readonly JournalStores _stores;
    private readonly StateSerializer _states;
    private readonly EventLogConsistencyOptions _options;
    private readonly TimeProvider _time;
    private readonly OrleansParts _orleans;

    internal AggregateStates(
        JournalStores stores, StateSerializer states, EventLogConsistencyOptions options, TimeProvider time, OrleansParts orleans)
    {
        (_stores, _states, _time, _orleans) = (stores, states, time, orleans);
        _options = new EventLogConsistencyOptions
        {
            Timeout = options.Timeout,
            // A bulk adds many events to many journals. A snapshot is a commit of its own, so it waits until one is worth it:
            // whoever loads the aggregate then still reads no more than a page beside it.
            SnapshotEvery = options.SnapshotEvery == 0 ? 0 : Math.Max(options.SnapshotEvery, options.PageSize),
            PageSize = options.PageSize,
            RetryDelayMin = options.RetryDelayMin,
            RetryDelayMax = options.RetryDelayMax,
        };
    }

    /// <summary>An aggregate, of which nothing has been read yet.</summary>
    /// <param name="journal">Its journal: its grain type and key.</param>
    /// <param name="initial">The state before the first event, as its grain has it.</param>
    /// <param name="evolve">The state after an event, as its grain has it.</param>
    public DetachedAggregate<TState, TEvent> Of<TState, TEvent>(
        JournalId journal, TState initial, Func<TState, TEvent, TState> evolve)
        where TState : class
        where TEvent : class
    {
        var logger = _orleans.Loggers.CreateLogger<AggregateStates>();
        var context = new JournalContext(journal, _stores, _options, _time, logger);
        var host = new DetachedHost<TState, TEvent>(initial, evolve);
        var services = new GrainProtocolServices(
            GrainId.Create(journal.Type, journal.Key), "", _orleans.Copier, _orleans.Loggers.CreateLogger<GrainProtocolServices>());
        var reads = new JournalReads(context, new ConnectionWatch(host, services, _options, _time));
        var evolver = new Evolver<StateHolder<TState>, TEvent>(host, services, context);
        var snapshots = new SnapshotKeeper<StateHolder<TState>>(context, new SnapshotCodec<StateHolder<TState>>(_states));
        var loader = new JournalLoader<StateHolder<TState>, TEvent>(context, reads, evolver, snapshots);
        return new DetachedAggregate<TState, TEvent>(context, loader, snapshots, initial);
    }

    /// <summary>What of Orleans a load needs.</summary>
    internal sealed record OrleansParts(DeepCopier Copier, ILoggerFactory Loggers);
}
