using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>How a consumer outside reads the log by position, on a store that the derived class names.</summary>
public abstract class PullTests
{
    private const int Writers = 8;
    private const int AppendsEach = 60;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected abstract ValueTask<TestStore> NewStore();

    [Fact]
    public async Task Every_event_is_read_once_and_in_order_under_eight_writers_by_consumers_that_keep_their_own_checkpoint()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        using var written = new CancellationTokenSource();

        var consumers = Enumerable.Range(0, ReadSideHost.Partitions).Select(p => Consume(host, p, written.Token)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var round = 0; round < AppendsEach; round++)
                await host.Append($"journal-{writer}-{round % 5}", round, round + 1);
        }));
        await written.CancelAsync();
        var read = (await Task.WhenAll(consumers)).SelectMany(events => events).ToList();

        var heads = await host.Log.ReadHeads(Cancellation);
        Assert.Equal(Writers * AppendsEach * 2, heads.Sum());
        Assert.Equal(
            heads.SelectMany((head, partition) => Enumerable.Range(1, (int)head).Select(at => new LogPosition(partition, at))),
            read.Select(committed => committed.At));
        foreach (var journal in read.GroupBy(committed => committed.Journal))
            Assert.Equal(Enumerable.Range(1, journal.Count()).Select(v => (long)v), journal.Select(committed => committed.Version));
    }

    [Fact]
    public async Task A_page_has_the_events_as_the_log_has_them_and_says_the_head()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        var last = await host.Append("a", 1, 2, 3);
        var beginning = last with { Position = 0 };

        var page = await Log(host).Read(beginning, 2, TimeSpan.Zero, Cancellation);
        var stored = await host.Log.ReadPartition(beginning, 2, Cancellation);

        Assert.Equal((last with { Position = 2 }, 3, host.Log.Identity.LogId), (page.Next, page.Head, page.LogId));
        Assert.Equal(stored.Count, page.Events.Count);
        foreach (var (expected, found) in stored.Zip(page.Events))
        {
            Assert.Equal(expected.Payload.ToArray(), found.Payload.ToArray());
            Assert.Equal(expected, found with { Payload = expected.Payload });
        }

        var atHead = await Log(host).Read(last, 1, TimeSpan.Zero, Cancellation);
        Assert.Equal((0, last, 3), (atHead.Events.Count, atHead.Next, atHead.Head));
    }

    [Fact]
    public async Task A_reader_at_the_head_is_parked_until_a_commit_and_holds_up_nobody()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        var last = await host.Append("a", 1);
        var parked = Enumerable.Range(0, 50).Select(_ => Log(host).Read(last, 10, LogPage.WaitMax, Cancellation)).ToArray();

        Assert.Equal(1, (await Log(host).Stats()).Heads.Sum());
        Assert.All(parked, read => Assert.False(read.IsCompleted));
        var next = await host.Append("a", 2);
        var pages = await Task.WhenAll(parked).WaitAsync(TimeSpan.FromSeconds(10), Cancellation);

        Assert.All(pages, page => Assert.Equal(next, Assert.Single(page.Events).At));
    }

    [Fact]
    public async Task A_wait_ends_with_nothing_at_its_time_and_with_its_caller()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        var empty = await Log(host).Read(new LogPosition(3, 0), 10, TimeSpan.FromMilliseconds(50), Cancellation);
        Assert.Equal((0, new LogPosition(3, 0), 0), (empty.Events.Count, empty.Next, empty.Head));

        using var left = new CancellationTokenSource();
        var parked = Log(host).Read(new LogPosition(3, 0), 10, LogPage.WaitMax, left.Token);
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => parked.WaitAsync(TimeSpan.FromSeconds(10), Cancellation));
    }

    [Fact]
    public async Task A_page_of_large_events_ends_early_and_the_next_one_goes_on()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        var serializer = host.Services.GetRequiredService<IEventSerializer>();
        var large = serializer.Encode(new Ignored(new string('x', 1_000_000)), EventMetadata.None);
        var result = await host.Services.GetRequiredService<IEventLogAppender>().Append(
            new AppendRequest(JournalId.Of("test", "large"), 0, Guid.NewGuid(), [.. Enumerable.Repeat(large, 8)]),
            ReadSideHost.Long, Cancellation);
        var last = Assert.IsType<AppendResult.Appended>(result).Last;

        var first = await Log(host).Read(last with { Position = 0 }, 100, TimeSpan.Zero, Cancellation);
        var second = await Log(host).Read(first.Next, 100, TimeSpan.Zero, Cancellation);

        Assert.Equal((5, 8, 3, last), (first.Events.Count, first.Head, second.Events.Count, second.Next));
    }

    [Theory]
    [InlineData(8, 0, 1, 0, "partition 8; the log has 0 to 7")]
    [InlineData(-1, 0, 1, 0, "partition -1; the log has 0 to 7")]
    [InlineData(0, -1, 1, 0, "after 0:-1 has a negative position")]
    [InlineData(0, 7, 1, 0, "after 0:7 lies beyond the head 0:0")]
    [InlineData(0, 0, 0, 0, "countMax is 0; it must be 1 to 1000")]
    [InlineData(0, 0, 1_001, 0, "countMax is 1001; it must be 1 to 1000")]
    [InlineData(0, 0, 1, -1, "wait is -00:00:01; it must be between 0 and 20 s")]
    [InlineData(0, 0, 1, 21, "wait is 00:00:21; it must be between 0 and 20 s")]
    public async Task What_cannot_be_read_is_refused_by_name(
        int partition, long position, int countMax, int waitSeconds, string reason)
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);

        var refusal = await Assert.ThrowsAsync<InvalidLogReadException>(() => Log(host).Read(
            new LogPosition(partition, position), countMax, TimeSpan.FromSeconds(waitSeconds), Cancellation));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    private static ILogGrain Log(ReadSideHost host) => host.Client.GetGrain<ILogGrain>(0);

    // Until it stands at the head after all was written. Its checkpoint is a text, as outside the cluster.
    private static async Task<List<CommittedEvent>> Consume(ReadSideHost host, int partition, CancellationToken written)
    {
        var checkpoint = new LogPosition(partition, 0).ToString();
        var read = new List<CommittedEvent>();
        while (true)
        {
            var isLast = written.IsCancellationRequested;
            var page = await Log(host).Read(LogPosition.Parse(checkpoint), 7, TimeSpan.FromMilliseconds(200), Cancellation);
            read.AddRange(page.Events);
            checkpoint = page.Next.ToString();
            if (isLast && page.Next.Position == page.Head)
                return read;
        }
    }
}
