using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Streaming;
using OrleansEs.Integration.Stores;
using static OrleansEs.Integration.ReadSide.SubscriptionTests;

namespace OrleansEs.Integration.ReadSide;

/// <summary>Consumers of a log that several silos share.</summary>
public sealed class ClusterSubscriptionTests
{
    // A journal of every partition.
    private static readonly string[] s_keys =
    [
        .. Enumerable.Range(0, ReadSideHost.Partitions).Select(partition => Enumerable.Range(0, 1_000)
            .Select(number => $"journal-{number}")
            .First(key => JournalId.Of("test", key).PartitionOf(ReadSideHost.Partitions) == partition)),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_the_silo_that_pushed_dies_a_subscription_loses_nothing_and_a_bare_one_goes_on_with_what_is_pushed_then()
    {
        await using var store = await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(store, more: DieFast, silos: 3);
        var subscribers = s_keys.Select(_ => new PositionsSubscriber()).ToArray();
        var bare = s_keys.Select(_ => new PositionsObserver()).ToArray();
        var subscriptions = new List<LogSubscription>();
        foreach (var partition in Enumerable.Range(0, ReadSideHost.Partitions))
        {
            subscriptions.Add(await LogSubscription.Start(host.Client, partition, subscribers[partition]));
            await Stream(host, partition).SubscribeAsync(bare[partition]);
        }
        await AppendToAll(host, rounds: 20);
        await Handled(subscribers, 20);

        var dead = host.Cluster.Silos.Last(
            silo => !ReferenceEquals(host.Cluster.GetSiloServiceProvider(silo.SiloAddress), host.Services));
        await host.Cluster.KillSiloAsync(dead, Cancellation);
        await AppendToAll(host, rounds: 20);
        await Eventually.Holds(
            () => Task.FromResult(host.Services.GetRequiredService<IClusterMembershipService>().CurrentSnapshot
                .GetSiloStatus(dead.SiloAddress) == SiloStatus.Dead),
            ReadSideHost.Long, "the silo is known to be dead");
        await Handled(subscribers, 40);
        Assert.All(subscribers, subscriber => Assert.Equal(Run(1, 40), subscriber.Positions));

        // Until every queue has its new owner, who pushes from then on.
        var last = 40;
        await Eventually.Holds(
            async () =>
            {
                await AppendToAll(host, rounds: 1);
                last++;
                return bare.All(observer => observer.Positions.LastOrDefault() > 40);
            },
            ReadSideHost.Long, "all bare subscriptions are pushed to again");
        await Handled(subscribers, last);
        Assert.All(subscribers, subscriber => Assert.Equal(Run(1, last), subscriber.Positions));
        TestContext.Current.TestOutputHelper?.WriteLine("lost by bare subscriptions: "
            + string.Join(", ", bare.Select(observer => observer.Positions[^1] - observer.Positions.Distinct().LongCount())));
        Assert.All(subscriptions, subscription => Assert.False(subscription.Completion.IsCompleted));
        foreach (var subscription in subscriptions)
            await subscription.DisposeAsync();
    }

    [Fact]
    public async Task A_reader_that_is_parked_on_one_silo_is_answered_when_another_one_commits()
    {
        await using var store = await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(store, silos: 2);
        var lags = new List<TimeSpan>();
        for (var round = 0; round < 20; round++)
        {
            foreach (var silo in host.Cluster.Silos.Select(silo => host.Cluster.GetSiloServiceProvider(silo.SiloAddress)))
            {
                var after = new LogPosition(0, (await host.Log.ReadHeads(Cancellation))[0]);
                var parked = host.Client.GetGrain<ILogGrain>(0).Read(after, 10, LogPage.WaitMax, Cancellation);
                var at = await ReadSideHost.AppendOn(silo, s_keys[0], round);
                var since = TimeProvider.System.GetTimestamp();
                Assert.Equal(at, Assert.Single((await parked).Events).At);
                lags.Add(TimeProvider.System.GetElapsedTime(since));
            }
        }

        lags.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"lag behind the commit: median {lags[20].TotalMilliseconds:F1} ms, greatest {lags[^1].TotalMilliseconds:F1} ms");
        Assert.True(lags[20] < TimeSpan.FromMilliseconds(100), $"the median lag was {lags[20].TotalMilliseconds} ms");
    }

    private static void DieFast(ISiloBuilder silo) => silo.Services.Configure<ClusterMembershipOptions>(options =>
    {
        options.ProbeTimeout = TimeSpan.FromMilliseconds(500);
        options.NumMissedProbesLimit = 2;
        options.NumVotesForDeathDeclaration = 1;
    });

    private static Orleans.Streams.IAsyncStream<CommittedEvent> Stream(ReadSideHost host, int partition) =>
        host.Client.GetStreamProvider(EventLogStreams.ProviderName)
            .GetStream<CommittedEvent>(EventLogStreams.OfPartition(partition));

    private static async Task AppendToAll(ReadSideHost host, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var key in s_keys)
                await host.Append(key, round);
        }
    }

    private static Task<TimeSpan> Handled(PositionsSubscriber[] subscribers, long position) => Eventually.Holds(
        () => Task.FromResult(subscribers.All(subscriber => subscriber.Checkpoint >= position)),
        ReadSideHost.Long, $"{position} handled of every partition");
}
