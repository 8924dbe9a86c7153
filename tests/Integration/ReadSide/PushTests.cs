using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Streams;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.EventLog.Streaming;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>How events reach read models and subscribers by streams, on a store that the derived class names.</summary>
public abstract class PushTests
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(30);

    protected abstract ValueTask<TestStore> NewStore();

    [Fact]
    public async Task A_read_model_follows_within_100_ms_by_the_push_alone()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(
            store,
            options => options.PollInterval = Never,
            silo => silo.Services.Configure<LogStreamOptions>(
                EventLogStreams.ProviderName, options => options.PollInterval = Never));
        var partitions = Enumerable.Range(0, 20).Select(key => $"warm-{key}").ToArray();
        foreach (var key in partitions)
            await host.Applied(await host.Append(key, 1));

        var lags = new List<TimeSpan>();
        for (var round = 0; round < 50; round++)
            lags.Add(await host.Applied(await host.Append(partitions[round % partitions.Length], round)));

        lags.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"push lag: median {lags[25].TotalMilliseconds:F1} ms, greatest {lags[^1].TotalMilliseconds:F1} ms");
        Assert.True(lags[25] < TimeSpan.FromMilliseconds(100), $"the median lag was {lags[25].TotalMilliseconds} ms");
        await host.AssertRowsEqualFold();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Pushes_cut_repeated_and_reordered_lead_to_the_same_rows(int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var faults = new FaultyPushes(seed);
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(
            store,
            options => options.PollInterval = TimeSpan.FromMilliseconds(200),
            silo => silo.Services.AddSingleton<IReceiverDecorator>(faults));
        var random = new Random(seed);

        // How many events a push carries is up to the machine, so it is the faults that are counted.
        for (var round = 0; round < 400 || (faults.Least <= 20 && round < 20_000); round++)
        {
            var amounts = Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.NextInt64(1, 1_000));
            await host.Append($"journal-{random.Next(20)}", [.. amounts]);
        }

        await host.AssertRowsEqualFold();
        Assert.True(faults.Least > 20, faults.ToString());
    }

    [Fact]
    public async Task Without_the_stream_provider_the_rows_still_arrive()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(
            store, options => options.PollInterval = TimeSpan.FromMilliseconds(50), useStreams: false);
        Assert.Null(host.Services.GetKeyedService<IStreamProvider>(EventLogStreams.ProviderName));

        for (var round = 0; round < 50; round++)
            await host.Append($"journal-{round % 7}", round);

        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task A_backlog_is_worked_off_at_start_although_nothing_new_is_pushed()
    {
        await using var store = await NewStore();
        await using (var before = await ReadSideHost.Start(
            store, more: silo => silo.Services.RemoveAll<IProjection>()))
        {
            for (var round = 0; round < 30; round++)
                await before.Append($"journal-{round % 7}", round);
        }

        await using var host = await ReadSideHost.Start(store, options => options.PollInterval = Never);

        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task A_client_that_subscribes_to_a_partition_gets_all_its_events_in_order()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        var partition = JournalId.Of("test", "followed").PartitionOf(ReadSideHost.Partitions);
        var observer = new Collector();
        var stream = host.Client.GetStreamProvider(EventLogStreams.ProviderName)
            .GetStream<CommittedEvent>(EventLogStreams.OfPartition(partition));
        await stream.SubscribeAsync(observer);

        var last = default(LogPosition);
        for (var round = 0; round < 100; round++)
            last = await host.Append("followed", round);

        await Eventually.Holds(
            () => Task.FromResult(observer.Count == last.Position), ReadSideHost.Long, "all events received");
        Assert.Equal(Enumerable.Range(1, 100).Select(position => (long)position), observer.Positions());
    }

    [Fact]
    public async Task Publishing_to_the_log_is_refused_with_the_remedy()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        var stream = host.Client.GetStreamProvider(EventLogStreams.ProviderName)
            .GetStream<string>(EventLogStreams.OfPartition(0));

        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => stream.OnNextAsync("no"));

        Assert.Contains("journaled grain", refusal.Message, StringComparison.Ordinal);
    }

    private sealed class Collector : IAsyncObserver<CommittedEvent>
    {
        private readonly List<long> _positions = [];

        public int Count
        {
            get
            {
                lock (_positions)
                    return _positions.Count;
            }
        }

        public long[] Positions()
        {
            lock (_positions)
                return [.. _positions];
        }

        public Task OnNextAsync(CommittedEvent item, StreamSequenceToken? token = null)
        {
            lock (_positions)
                _positions.Add(item.At.Position);
            return Task.CompletedTask;
        }

        public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
    }
}
