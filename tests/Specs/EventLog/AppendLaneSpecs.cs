using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using OrleansEs.EventLog;

namespace OrleansEs.Specs.EventLog;

/// <summary>Two lanes: what each may do by itself, and what both share.</summary>
public sealed class AppendLaneSpecs : IAsyncDisposable
{
    private const int Capacity = 4;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly AppendResult.Appended Appended = new(new LogPosition(3, 7), 1, DateTimeOffset.UnixEpoch);

    private readonly ScriptedStore _store = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly GroupCommitAppender _appender;

    public AppendLaneSpecs() => _appender = new GroupCommitAppender(
        _store, new CommitSignal(8), new AppendLimits(Capacity, 10, 2, 16, StopTimeout, Lanes: 2),
        new EventLogMeter(_services.GetRequiredService<IMeterFactory>()), _time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        var disposing = _appender.DisposeAsync().AsTask();
        _time.Advance(StopTimeout);
        await disposing.WaitAsync(Patience, Cancellation);
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Each_lane_has_a_batch_under_way_and_a_journal_waits_for_its_own_lane_only()
    {
        var first = Append(lane: 0, "a");
        var held = await _store.Next();
        Task<AppendResult>[] waiting = [Append(lane: 0, "a"), Append(lane: 0, "b")];

        var neighbour = Append(lane: 1, "c");
        (await _store.Next()).Answer(Appended);

        Assert.Equal(Appended, await neighbour.WaitAsync(Patience, Cancellation));
        held.Answer(Appended);
        var next = await _store.Next();
        Assert.Equal(["0a", "0b"], next.Requests.Select(request => request.Journal.Key[..2]));
        next.AnswerAll(Appended);
        await Task.WhenAll([first, .. waiting]).WaitAsync(Patience, Cancellation);
    }

    [Fact]
    public async Task All_partitions_have_a_lane_and_none_has_two()
    {
        var partitions = new HashSet<int>[] { [], [] };
        for (var number = 0; number < 50; number++)
        {
            var journal = JournalId.Of("t", $"j{number}");
            var append = Append(journal);
            var batch = await _store.Next();
            // Held: only the other lane can send now.
            var other = Append(lane: 1 - (journal.PartitionOf(8) % 2), "x");
            (await _store.Next()).Answer(Appended);
            Assert.Equal(Appended, await other.WaitAsync(Patience, Cancellation));
            partitions[journal.PartitionOf(8) % 2].Add(journal.PartitionOf(8));
            batch.Answer(Appended);
            await append.WaitAsync(Patience, Cancellation);
        }
        Assert.Equal((4, 4), (partitions[0].Count, partitions[1].Count));
    }

    [Fact]
    public async Task The_queue_of_all_lanes_together_is_bounded_and_places_are_given_back()
    {
        Task<AppendResult>[] heads = [Append(lane: 0, "a"), Append(lane: 1, "a")];
        var batches = new[] { await _store.Next(), await _store.Next() };
        Task<AppendResult>[] waiting =
            [Append(lane: 0, "b"), Append(lane: 0, "c"), Append(lane: 0, "d"), Append(lane: 1, "b")];

        foreach (var lane in new[] { 0, 1 })
            Assert.Equal(NotAcceptedReason.QueueFull, Reason(await Append(lane, "one too many")));

        foreach (var batch in batches)
            batch.AnswerAll(Appended);
        batches = [await _store.Next(), await _store.Next()];
        Assert.Equal(Capacity, batches.Sum(batch => batch.Requests.Count));
        Task<AppendResult>[] after = [.. Enumerable.Range(0, Capacity).Select(number => Append(lane: 1, $"after {number}"))];
        foreach (var batch in batches)
            batch.AnswerAll(Appended);
        (await _store.Next()).AnswerAll(Appended);
        var results = await Task.WhenAll([.. heads, .. waiting, .. after]).WaitAsync(Patience, Cancellation);
        Assert.All(results, result => Assert.Equal(Appended, result));
    }

    [Fact]
    public async Task A_stop_sends_what_was_queued_in_every_lane()
    {
        Task<AppendResult>[] heads = [Append(lane: 0, "a"), Append(lane: 1, "a")];
        var batches = new[] { await _store.Next(), await _store.Next() };
        Task<AppendResult>[] queued = [Append(lane: 0, "b"), Append(lane: 1, "b")];

        var stopping = _appender.DisposeAsync().AsTask();

        Assert.Equal(NotAcceptedReason.Stopping, Reason(await Append(lane: 1, "new")));
        foreach (var batch in batches)
            batch.AnswerAll(Appended);
        (await _store.Next()).AnswerAll(Appended);
        Assert.False(stopping.IsCompleted);
        (await _store.Next()).AnswerAll(Appended);
        await stopping.WaitAsync(Patience, Cancellation);
        var results = await Task.WhenAll([.. heads, .. queued]).WaitAsync(Patience, Cancellation);
        Assert.All(results, result => Assert.Equal(Appended, result));
    }

    [Fact]
    public async Task A_stop_refuses_what_waits_in_a_lane_whose_batch_is_not_answered()
    {
        _ = Append(lane: 0, "stuck");
        await _store.Next();
        var queued = Append(lane: 0, "queued");
        var other = Append(lane: 1, "other");
        (await _store.Next()).Answer(Appended);

        var stopping = _appender.DisposeAsync().AsTask();
        _time.Advance(StopTimeout);
        await stopping.WaitAsync(Patience, Cancellation);

        Assert.Equal(NotAcceptedReason.Stopping, Reason(await queued.WaitAsync(Patience, Cancellation)));
        Assert.Equal(Appended, await other.WaitAsync(Patience, Cancellation));
    }

    private Task<AppendResult> Append(int lane, string name)
    {
        for (var number = 0; ; number++)
        {
            var journal = JournalId.Of("t", $"{lane}{name} {number}");
            if (journal.PartitionOf(8) % 2 == lane)
                return Append(journal);
        }
    }

    private Task<AppendResult> Append(JournalId journal) => _appender.Append(
        new AppendRequest(journal, 0, Guid.NewGuid(), [new ProposedEvent("e", 1, "json", new byte[1], EventMetadata.None)]),
        Timeout, Cancellation);

    private static NotAcceptedReason Reason(AppendResult result) => Assert.IsType<AppendResult.NotAccepted>(result).Reason;
}
