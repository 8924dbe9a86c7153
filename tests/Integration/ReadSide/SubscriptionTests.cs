using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers.Streams.Common;
using Orleans.Streams;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Streaming;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>How clients and grains follow a partition, on a store that the derived class names.</summary>
public abstract class SubscriptionTests
{
    private const string Key = "followed";
    private static readonly int s_partition = JournalId.Of("test", Key).PartitionOf(ReadSideHost.Partitions);

    // So long that only a push, or what follows from one, can be in time.
    private static readonly LogSubscriptionOptions s_byPush = new() { LookInterval = TimeSpan.FromMinutes(30) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected abstract ValueTask<TestStore> NewStore();

    [Fact]
    public async Task A_client_gets_every_event_once_and_in_order_from_its_checkpoint_on_also_those_before_it_came()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        await AppendEach(host, 40);
        var subscriber = new PositionsSubscriber(checkpoint: 5);

        await using (await LogSubscription.Start(host.Client, s_partition, subscriber, s_byPush))
        {
            await AppendEach(host, 40);
            await Until(subscriber, 80);
        }
        await AppendEach(host, 20);
        Assert.Equal(80, subscriber.Checkpoint);
        await using (await LogSubscription.Start(host.Client, s_partition, subscriber, s_byPush))
            await Until(subscriber, 100);

        Assert.Equal(Run(6, 100), subscriber.Positions);
    }

    [Fact]
    public async Task A_grain_gets_every_event_once_and_in_order_and_its_own_subscription_gets_those_that_come()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        await AppendEach(host, 10);
        var grain = host.Client.GetGrain<IListenerGrain>(s_partition, "helped");
        await grain.Follow(checkpoint: 3);
        var bare = host.Client.GetGrain<IListenerGrain>(s_partition, "bare");
        await bare.Subscribe();
        var before = (int)await UntilPushesFlow(host, bare.Pushed);

        await AppendEach(host, 50);

        var last = before + 50;
        await Eventually.Holds(
            async () => await grain.Followed() is [.., var followed] && followed == last, ReadSideHost.Long, "the grain has all");
        Assert.Equal(Run(4, last), await grain.Followed());
        await Eventually.Holds(
            async () => await bare.Pushed() is [.., var pushed] && pushed == last, ReadSideHost.Long, "all were pushed");
        Assert.Equal(Run(before, last), (await bare.Pushed()).Where(position => position >= before));

        await host.Deactivate(grain);
        await grain.Follow(checkpoint: last - 3);
        await AppendEach(host, 5);
        await Eventually.Holds(async () => (await grain.Followed()).Count == 8, ReadSideHost.Long, "the grain goes on");
        Assert.Equal(Run(last - 2, last + 5), await grain.Followed());
    }

    [Fact]
    public async Task Pushes_cut_repeated_and_reordered_lead_to_the_same_events()
    {
        var faults = new FaultyPushes(seed: 3);
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(
            store, more: silo => silo.Services.AddSingleton<IReceiverDecorator>(faults));
        var subscriber = new PositionsSubscriber();
        await using var subscription = await LogSubscription.Start(
            host.Client, s_partition, subscriber, new LogSubscriptionOptions { LookInterval = TimeSpan.FromMilliseconds(20) });

        // Not all at once: few pushes would carry them.
        var last = 0;
        while (last < 300 || (faults.Least <= 10 && last < 9_000))
        {
            last += 3;
            await AppendEach(host, 3);
            await Until(subscriber, last);
        }

        Assert.Equal(Run(1, last), subscriber.Positions);
        Assert.True(faults.Least > 10, faults.ToString());
    }

    [Fact]
    public async Task Without_pushes_a_subscription_waits_in_the_log_and_is_as_complete()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store, useStreams: false);
        var subscriber = new PositionsSubscriber();
        await using var subscription = await LogSubscription.Start(
            host.Client, s_partition, subscriber, new LogSubscriptionOptions { StreamProvider = null });

        await AppendEach(host, 50);
        await Until(subscriber, 50);

        Assert.Equal(Run(1, 50), subscriber.Positions);
    }

    [Fact]
    public async Task A_subscriber_that_fails_gets_the_events_again_and_none_is_skipped()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        var subscriber = new PositionsSubscriber { Fails = call => (call % 3 == 1, call % 3 == 2) };
        await using var subscription = await LogSubscription.Start(
            host.Client, s_partition, subscriber,
            new LogSubscriptionOptions { RetryDelay = TimeSpan.FromMilliseconds(1), PageSizeMax = 4 });

        await AppendEach(host, 30);
        await Until(subscriber, 30);

        Assert.True(subscriber.Calls > 8);
        Assert.Equal(Run(1, 30), subscriber.Positions);
    }

    [Fact]
    public async Task A_subscription_that_gives_up_says_why()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        await AppendEach(host, 1);
        var hopeless = new PositionsSubscriber { Fails = _ => (true, false) };
        await using var givingUp = await LogSubscription.Start(
            host.Client, s_partition, hopeless,
            new LogSubscriptionOptions { RetryDelay = TimeSpan.FromMilliseconds(1), FailuresMax = 3 });
        await using var elsewhere = await LogSubscription.Start(host.Client, s_partition, new PositionsSubscriber(checkpoint: 9));

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => givingUp.Completion.WaitAsync(ReadSideHost.Long, Cancellation));
        Assert.Equal((3, "It could not be written."), (hopeless.Calls, failure.Message));
        var refusal = await Assert.ThrowsAsync<InvalidLogReadException>(
            () => elsewhere.Completion.WaitAsync(ReadSideHost.Long, Cancellation));
        Assert.Contains("is it a checkpoint of another log", refusal.Message, StringComparison.Ordinal);
    }

    // Orleans takes a cache's "I have it no more" for a reason to go on with what there is, so no error would be reliable.
    [Fact]
    public async Task A_token_of_a_bare_subscription_reaches_as_far_back_as_the_cache_and_the_hole_shows_in_the_positions()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(
            store,
            // Each read is kept twice: for the subscribers, and for the read model.
            more: silo => silo.Services.Configure<LogStreamOptions>(
                EventLogStreams.ProviderName, options => options.CacheSizeMax = 2 * 4));
        var stream = host.Client.GetStreamProvider(EventLogStreams.ProviderName)
            .GetStream<CommittedEvent>(EventLogStreams.OfPartition(s_partition));
        var always = new PositionsObserver();
        await stream.SubscribeAsync(always);
        var before = (int)await UntilPushesFlow(host, () => Task.FromResult<IReadOnlyList<long>>(always.Positions));
        for (var position = before + 1; position <= before + 10; position++)
        {
            await host.Append(Key, position);
            await Until(always, position);
        }

        var rewound = new PositionsObserver();
        await stream.SubscribeAsync(rewound, new EventSequenceToken(before + 9));
        var late = new PositionsObserver();
        await stream.SubscribeAsync(late, new EventSequenceToken(before + 2));
        await Until(rewound, before + 10);
        await Until(late, before + 10);
        await host.Append(Key, 11);
        await Until(rewound, before + 11);
        await Until(late, before + 11);

        Assert.Equal(Run(before, before + 11), always.Positions.Where(position => position >= before));
        Assert.Equal(Run(before + 9, before + 11), rewound.Positions);
        Assert.Equal(Run(before + 7, before + 11), late.Positions);
        Assert.Empty(late.Errors);
    }

    private static async Task AppendEach(ReadSideHost host, int count)
    {
        for (var round = 0; round < count; round++)
            await host.Append(Key, round);
    }

    // A receiver begins at the head, some time after the silo's start: what was committed before is not pushed.
    private static async Task<long> UntilPushesFlow(ReadSideHost host, Func<Task<IReadOnlyList<long>>> pushed)
    {
        var last = 0L;
        await Eventually.Holds(
            async () =>
            {
                last = (await host.Append(Key, 0)).Position;
                return (await pushed()).Count > 0;
            },
            ReadSideHost.Long, "pushes flow");
        await Eventually.Holds(
            async () => await pushed() is [.., var newest] && newest == last, ReadSideHost.Long, "the last one is pushed");
        return last;
    }

    private static Task<TimeSpan> Until(PositionsSubscriber subscriber, long position) => Eventually.Holds(
        () => Task.FromResult(subscriber.Checkpoint >= position), ReadSideHost.Long, $"{position} handled");

    private static Task<TimeSpan> Until(PositionsObserver observer, long position) => Eventually.Holds(
        () => Task.FromResult(observer.Positions.LastOrDefault() >= position), ReadSideHost.Long, $"{position} pushed");

    internal static IEnumerable<long> Run(int first, int last) =>
        Enumerable.Range(first, last - first + 1).Select(position => (long)position);
}

/// <summary>Remembers what a stream brought.</summary>
internal sealed class PositionsObserver : IAsyncObserver<CommittedEvent>
{
    private readonly Lock _gate = new();
    private readonly List<long> _positions = [];
    private readonly List<Exception> _errors = [];

    public long[] Positions
    {
        get
        {
            lock (_gate)
                return [.. _positions];
        }
    }

    public Exception[] Errors
    {
        get
        {
            lock (_gate)
                return [.. _errors];
        }
    }

    public Task OnNextAsync(CommittedEvent item, StreamSequenceToken? token = null)
    {
        lock (_gate)
            _positions.Add(item.At.Position);
        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex)
    {
        lock (_gate)
            _errors.Add(ex);
        return Task.CompletedTask;
    }
}
