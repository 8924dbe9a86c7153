using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.TestingHost;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.Hosting;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Contracts;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>A silo with the log in a store, the tally read model and a client.</summary>
internal sealed class ReadSideHost : IAsyncDisposable
{
    public const string ReadModel = "tally";
    public const int Partitions = 8;
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    private readonly InProcessTestCluster _cluster;

    private ReadSideHost(InProcessTestCluster cluster)
    {
        _cluster = cluster;
        Services = cluster.GetSiloServiceProvider();
        Reader = Services.GetRequiredService<IReadModelReader>();
        Log = Services.GetRequiredService<IEventLogReader>();
    }

    public IServiceProvider Services { get; }

    public IReadModelReader Reader { get; }

    public IEventLogReader Log { get; }

    public IClusterClient Client => _cluster.Client;

    public InProcessTestCluster Cluster => _cluster;

    /// <summary>The number of the build that is live, as far as is known.</summary>
    public int LiveBuild => Services.GetRequiredService<ReadModelBuilds>().ServedOf(ReadModel)!.Number;

    public IReadModelControlGrain Control => Client.GetGrain<IReadModelControlGrain>(ReadModel);

    public static async Task<ReadSideHost> Start(
        TestStore store,
        Action<ReadModelOptions>? readModels = null,
        Action<ISiloBuilder>? more = null,
        bool useStreams = true,
        short silos = 1)
    {
        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ServiceId = "read-side-tests";
        builder.ConfigureSilo((_, silo) =>
        {
            store.AddTo(silo, log =>
            {
                log.Partitions = Partitions;
                log.UseStreams = useStreams;
            });
            silo.Services.AddReadModel<TallyProjection>();
            silo.Services.Configure<ReadModelOptions>(options => readModels?.Invoke(options));
            more?.Invoke(silo);
        });
        builder.ConfigureClient(client => client.AddEventLogStreams());
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new ReadSideHost(cluster);
    }

    /// <summary>Appends one event for each amount to a journal, and says the place of the last.</summary>
    public Task<LogPosition> Append(string key, params long[] amounts) => AppendOn(Services, key, amounts);

    /// <summary>The same on a given silo.</summary>
    public static async Task<LogPosition> AppendOn(IServiceProvider silo, string key, params long[] amounts)
    {
        var journal = JournalId.Of("test", key);
        var serializer = silo.GetRequiredService<IEventSerializer>();
        var version = 0L;
        while (true)
        {
            var request = new AppendRequest(
                journal,
                version,
                Guid.NewGuid(),
                [.. amounts.Select(amount => serializer.Encode(new Added(amount), EventMetadata.None))]);
            var result = await silo.GetRequiredService<IEventLogAppender>()
                .Append(request, Long, TestContext.Current.CancellationToken);
            if (result is AppendResult.Appended appended)
                return appended.Last;
            version = Assert.IsType<AppendResult.Conflict>(result).ActualVersion;
        }
    }

    public IReadModelGrain Part(int partition) =>
        Client.GetGrain<IReadModelGrain>(new ReadModelPart(ReadModel, LiveBuild, partition).Key);

    /// <summary>Waits until every part is on the silo where it belongs, and has applied an event there.</summary>
    public async Task Settle()
    {
        var places = PartitionShares.Of(Partitions, Cluster.Silos.Select(silo => silo.SiloAddress));
        foreach (var (partition, place) in places.Index())
        {
            await Eventually.Holds(
                async () => (await Part(partition).Status()).Silo == place.ToString(), Long, $"part {partition} is on {place}");
            var key = Enumerable.Range(0, 1_000).Select(number => $"settled-{number}")
                .First(key => JournalId.Of("test", key).PartitionOf(Partitions) == partition);
            await Applied(await Append(key, 1));
        }
    }

    public Task Deactivate(IAddressable grain) => _cluster.DeactivateAsync(grain);

    /// <summary>Looks at the checkpoint, and never makes the grain look into the log.</summary>
    public Task<TimeSpan> Applied(LogPosition position) => Eventually.Holds(
        async () => await Services.GetRequiredService<IReadModelStore>().Position(
            new ReadModelPart(ReadModel, LiveBuild, position.Partition)) >= position.Position,
        Long,
        $"{position} applied");

    /// <summary>Waits until all of the log is applied, and compares every row with a fold of the log.</summary>
    public async Task AssertRowsEqualFold()
    {
        var heads = await Log.ReadHeads(TestContext.Current.CancellationToken);
        foreach (var head in heads.Select((position, partition) => new LogPosition(partition, position)))
            await Applied(head);
        Assert.Equal(await Fold(heads), await Rows());
    }

    /// <summary>The rows of the live build.</summary>
    public async Task<SortedDictionary<string, Tally>> Rows() => (await Reader.Query(
        ReadModel, [], TimeSpan.Zero, ReadRows, TestContext.Current.CancellationToken)).Value;

    public static async Task<SortedDictionary<string, Tally>> ReadRows(ReadModelRows model)
    {
        await using var command = model.Command("select journal, count, sum, fold from {tally}");
        var rows = await command.ReadAll(
            row => (row.GetString(0), new Tally(row.GetInt64(1), row.GetInt64(2), row.GetInt64(3))), CancellationToken.None);
        return new SortedDictionary<string, Tally>(rows.ToDictionary(row => row.Item1, row => row.Item2), StringComparer.Ordinal);
    }

    /// <summary>The same as a query whose statements are known before it runs.</summary>
    public static ReadModelQuery<SortedDictionary<string, Tally>> RowsAtOnce { get; } =
        new ReadModelQuery<SortedDictionary<string, Tally>>(async results => new SortedDictionary<string, Tally>(
            (await results.Next(row => (Key: row.GetString(0), Tally: new Tally(row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)))))
            .ToDictionary(row => row.Key, row => row.Tally), StringComparer.Ordinal))
        .Add("select journal, count, sum, fold from {tally}");

    /// <summary>The reader of a silo that knows the builds which are there now, and learns of no change by itself.</summary>
    public async Task<IReadModelReader> ForgetfulReader()
    {
        var (registry, services) =
            (Services.GetRequiredService<ReadModelRegistry>(), Services.GetRequiredService<ReadModelServices>());
        var builds = new ReadModelBuilds(registry, services);
        await builds.Refresh(TestContext.Current.CancellationToken);
        return new ReadModelReader(registry, services, builds, Client, NullLogger<ReadModelReader>.Instance);
    }

    private async Task<SortedDictionary<string, Tally>> Fold(IReadOnlyList<long> heads)
    {
        var serializer = Services.GetRequiredService<IEventSerializer>();
        var all = new List<CommittedEvent>();
        for (var partition = 0; partition < heads.Count; partition++)
        {
            while (heads[partition] > all.Count(e => e.At.Partition == partition))
                all.AddRange(await Log.ReadPartition(
                    new LogPosition(partition, all.Count(e => e.At.Partition == partition)),
                    500,
                    TestContext.Current.CancellationToken));
        }
        var tallies = all
            .Where(committed => committed.Type == "test.added")
            .GroupBy(committed => committed.Journal.Value)
            .ToDictionary(
                journal => journal.Key,
                journal => TallyProjection.Fold(journal.Select(e => ((Added)serializer.Decode(e)).Amount)));
        return new SortedDictionary<string, Tally>(tallies, StringComparer.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }
}
