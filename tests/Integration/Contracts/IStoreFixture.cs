using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.Contracts;

/// <summary>An empty log and its side stores. A new store runs the whole contract by supplying one of these.</summary>
public interface IStoreFixture : IAsyncDisposable
{
    IEventLogStore Log { get; }

    ISnapshotStore Snapshots { get; }

    IReadModelStore ReadModels { get; }
}
