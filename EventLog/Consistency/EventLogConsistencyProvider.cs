using Microsoft.Extensions.Logging;
using Orleans.EventSourcing;
using Orleans.Storage;
using OrleansEs.EventLog.Codec;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Keeps the events of any <c>JournaledGrain</c> in the event log. The grain's journal is named by its grain type and key.
/// </summary>
internal sealed class EventLogConsistencyProvider(
    JournalStores stores, StateSerializer states, EventLogConsistencyOptions options, TimeProvider time,
    ILoggerFactory loggers) : ILogViewAdaptorFactory
{
    private readonly ILogger _logger = loggers.CreateLogger<EventLogConsistencyProvider>();

    /// <inheritdoc/>
    public bool UsesStorageProvider => false;

    /// <inheritdoc/>
    public ILogViewAdaptor<TLogView, TLogEntry> MakeLogViewAdaptor<TLogView, TLogEntry>(
        ILogViewAdaptorHost<TLogView, TLogEntry> hostGrain, TLogView initialState, string grainTypeName,
        IGrainStorage? grainStorage, ILogConsistencyProtocolServices services)
        where TLogView : class, new()
        where TLogEntry : class
    {
        var grain = services.GrainId;
        var journal = JournalId.Of(grain.Type.ToString()!, grain.Key.ToString()!);
        var context = new JournalContext(journal, stores, options, time, _logger);
        // A log that can be read and not appended to is an issue that lasts: a read must not end what an append began.
        var watch = new ConnectionWatch(hostGrain, services, options, time);
        var reads = new JournalReads(context, new ConnectionWatch(hostGrain, services, options, time));
        var evolver = new Evolver<TLogView, TLogEntry>(hostGrain, services, context);
        var snapshots = new SnapshotKeeper<TLogView>(context, new SnapshotCodec<TLogView>(states));
        var loader = new JournalLoader<TLogView, TLogEntry>(context, reads, evolver, snapshots);
        var core = new JournalCore<TLogView, TLogEntry>(context, reads, loader, snapshots, watch);
        var parts = new AdaptorParts<TLogView, TLogEntry>(core, evolver, snapshots);
        var adaptor = new EventLogViewAdaptor<TLogView, TLogEntry>(context, parts, hostGrain, services);
        if (hostGrain is IAggregateHost<TLogEntry> aggregate)
        {
            aggregate.Attach(new AggregateJournal<TLogView, TLogEntry>(context, core, evolver, watch, adaptor), context);
        }
        return adaptor;
    }
}
