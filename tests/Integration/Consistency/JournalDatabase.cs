using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.Consistency;
using OrleansEs.EventLog.Hosting;
using OrleansEs.Integration.Faults;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.Consistency;

/// <summary>One log in a temporary file, which fails on demand, and the clusters that share it.</summary>
internal sealed class JournalDatabase : IAsyncDisposable
{
    private readonly SqliteFixture _store = new();
    private readonly List<InProcessTestCluster> _clusters = [];

    public JournalDatabase()
    {
        Log = new FaultyEventLog(_store.Log);
        Snapshots = new CountedSnapshots(_store.Snapshots);
    }

    public FaultyEventLog Log { get; }

    public CountedSnapshots Snapshots { get; }

    public CapturedLog Messages { get; } = new();

    /// <summary>A cluster of one silo over this log. Two clusters are what a cluster is that fell apart.</summary>
    public async Task<InProcessTestCluster> StartCluster(Action<EventLogConsistencyOptions>? configure = null)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IEventLogStore>(Log).AddSingleton<ISnapshotStore>(Snapshots).AddLogCore();
            silo.Services.AddSingleton<ILoggerProvider>(Messages);
            silo.AddEventLogConsistencyProviderAsDefault(configure);
            silo.AddEventLogConsistencyProvider("LogStorage", configure);
        });
        var cluster = builder.Build();
        _clusters.Add(cluster);
        await cluster.DeployAsync(TestContext.Current.CancellationToken);
        return cluster;
    }

    /// <summary>Appends past all silos.</summary>
    public Task AppendDirectly(AppendRequest request) => _store.Log.AppendBatch([request], CancellationToken.None);

    /// <summary>An event as the silos would encode it.</summary>
    public ProposedEvent Encoded(object @event) => _clusters[0].Silos[0].ServiceProvider
        .GetRequiredService<IEventSerializer>().Encode(@event, EventMetadata.None);

    public async Task<IReadOnlyList<CommittedEvent>> Journal(string type, string key)
    {
        var all = new List<CommittedEvent>();
        while (true)
        {
            var page = await _store.Log.ReadJournal(
                JournalId.Of(type, key), all.Count, 10_000, TestContext.Current.CancellationToken);
            if (page.Count == 0)
                return all;
            all.AddRange(page);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _clusters)
            await cluster.DisposeAsync();
        await _store.DisposeAsync();
    }
}
