using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using OrleansEs.EventLog;

namespace OrleansEs.Specs.EventLog;

public sealed class BulkAppenderSpecs : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly BulkAppendResult.Appended Appended = new([new(new LogPosition(3, 7), 1, DateTimeOffset.UnixEpoch)]);
    private static readonly JournalId s_alice = JournalId.Of("account", "alice");

    private readonly ScriptedStore _store = new();
    private readonly Channel<TaskCompletionSource<BulkAppendResult>> _sent =
        Channel.CreateUnbounded<TaskCompletionSource<BulkAppendResult>>();
    private readonly FakeTimeProvider _time = new();
    private readonly CommitSignal _signal = new(8);
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly BulkAppender _appender;
    private CancellationToken _storesToken;

    public BulkAppenderSpecs()
    {
        _appender = new BulkAppender(
            _store, _signal, new AppendLimits(4, 3, 2, 16, TimeSpan.FromMilliseconds(10)),
            new EventLogMeter(_services.GetRequiredService<IMeterFactory>()), _time);
        _store.OnBulk = (_, cancellation) =>
        {
            _storesToken = cancellation;
            var answer = new TaskCompletionSource<BulkAppendResult>();
            _sent.Writer.TryWrite(answer);
            return answer.Task;
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _appender.DisposeAsync();
        await _services.DisposeAsync();
    }

    public static TheoryData<BulkAppendResult, bool> Ends => new()
    {
        { new BulkAppendResult.Appended([]), true },
        { new BulkAppendResult.Unknown("lost"), true },
        { new BulkAppendResult.NotAccepted(NotAcceptedReason.StorageFailed, "full"), false },
        { new BulkAppendResult.Refused(new Dictionary<int, AppendResult>()), false },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Those_who_follow_a_partition_are_woken_when_something_may_be_there(BulkAppendResult end, bool isWoken)
    {
        var next = Enumerable.Range(0, 8).Select(_signal.Next).ToArray();
        var append = Append();
        Assert.All(next, signal => Assert.False(signal.IsCompleted));

        (await Sent()).SetResult(end);

        Assert.Same(end, await Answer(append));
        for (var partition = 0; partition < next.Length; partition++)
            Assert.Equal(isWoken && partition == s_alice.PartitionOf(8), next[partition].IsCompleted);
    }

    [Fact]
    public async Task A_payload_beyond_the_limit_is_refused_by_name()
    {
        var refused = await Assert.ThrowsAsync<ArgumentException>(
            () => _appender.Append([Request(16), Request(17)], Timeout, TestContext.Current.CancellationToken));

        Assert.Contains("at most 16 bytes; a happened for account/alice has 17", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, _sent.Reader.Count);
    }

    [Fact]
    public async Task One_bulk_is_sent_at_a_time_and_one_that_waits_up_to_its_deadline_is_withdrawn()
    {
        var first = Append(2 * Timeout);
        var (second, third) = (Append(), Append(2 * Timeout));
        Assert.Equal(1, _sent.Reader.Count);

        _time.Advance(Timeout);
        Assert.Equal(
            NotAcceptedReason.Withdrawn,
            Assert.IsType<BulkAppendResult.NotAccepted>(await Answer(second)).Reason);

        (await Sent()).SetResult(new BulkAppendResult.Unknown("lost"));
        Assert.IsType<BulkAppendResult.Unknown>(await Answer(first));
        (await Sent()).SetResult(Appended);
        Assert.Same(Appended, await Answer(third));
    }

    [Fact]
    public async Task At_its_deadline_the_store_is_told_to_give_up_and_its_answer_counts_if_it_comes_at_once()
    {
        var append = Append();
        _time.Advance(Timeout);
        Assert.True(_storesToken.IsCancellationRequested);

        var withdrawn = new BulkAppendResult.NotAccepted(NotAcceptedReason.Withdrawn, "rolled back");
        (await Sent()).SetResult(withdrawn);

        Assert.Same(withdrawn, await Answer(append));
    }

    [Fact]
    public async Task One_that_nobody_answers_is_unknown_and_its_commit_still_wakes_those_who_follow()
    {
        var touched = _signal.Next(s_alice.PartitionOf(8));
        var append = Append();
        _time.Advance(Timeout + TimeSpan.FromSeconds(1));
        Assert.IsType<BulkAppendResult.Unknown>(await Answer(append));

        (await Sent()).SetResult(Appended);

        await touched.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_store_that_throws_leaves_it_unknown_but_a_wrong_bulk_is_the_callers_own_fault()
    {
        _store.OnBulk = static (_, _) => throw new InvalidOperationException("the line is cut");
        Assert.Contains("the line is cut", Assert.IsType<BulkAppendResult.Unknown>(await Append()).Detail, StringComparison.Ordinal);
        _store.OnBulk = static (_, _) => throw new ArgumentException("too large");
        await Assert.ThrowsAsync<ArgumentException>(() => Append());
    }

    [Fact]
    public async Task After_the_stop_nothing_is_sent_any_more_and_those_who_wait_are_told()
    {
        var sent = Append();
        var waiting = Append();
        await _appender.DisposeAsync();
        (await Sent()).SetResult(Appended);

        Assert.Same(Appended, await Answer(sent));
        Assert.Equal(NotAcceptedReason.Stopping, Assert.IsType<BulkAppendResult.NotAccepted>(await Answer(waiting)).Reason);
        Assert.Equal(NotAcceptedReason.Stopping, Assert.IsType<BulkAppendResult.NotAccepted>(await Append()).Reason);
        Assert.Equal(0, _sent.Reader.Count);
    }

    private Task<TaskCompletionSource<BulkAppendResult>> Sent() =>
        _sent.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(Patience, TestContext.Current.CancellationToken);

    private static Task<BulkAppendResult> Answer(Task<BulkAppendResult> append) =>
        append.WaitAsync(Patience, TestContext.Current.CancellationToken);

    private Task<BulkAppendResult> Append(TimeSpan? timeout = null) =>
        _appender.Append([Request(1)], timeout ?? Timeout, TestContext.Current.CancellationToken);

    private static AppendRequest Request(int bytes) => new(
        s_alice, 0, Guid.NewGuid(), [new ProposedEvent("happened", 1, "json", new byte[bytes], EventMetadata.None)]);
}
