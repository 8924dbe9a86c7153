using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using OrleansEs.EventLog;

namespace OrleansEs.Specs.EventLog;

public sealed class GroupCommitAppenderSpecs : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly AppendResult.Appended Appended = new(new LogPosition(3, 7), 1, DateTimeOffset.UnixEpoch);

    private readonly ScriptedStore _store = new();
    private readonly FakeTimeProvider _time = new();
    private readonly CommitSignal _signal = new(8);
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly GroupCommitAppender _appender;

    public GroupCommitAppenderSpecs() => _appender = new GroupCommitAppender(
        _store, _signal, new AppendLimits(4, 3, 2, 16, TimeSpan.FromSeconds(5)),
        new EventLogMeter(_services.GetRequiredService<IMeterFactory>()), _time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        var disposing = _appender.DisposeAsync().AsTask();
        // A spec may leave a batch unanswered: the stop timeout is what ends the wait for it.
        _time.Advance(TimeSpan.FromSeconds(5));
        await disposing.WaitAsync(Patience, Cancellation);
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task What_waits_while_a_batch_is_on_its_way_goes_out_as_the_next_batch_in_order()
    {
        var first = Append("a");
        var sent = await _store.Next();
        Task<AppendResult>[] waiting = [Append("b"), Append("c"), Append("d"), Append("e")];

        sent.Answer(Appended);
        var second = await _store.Next();
        second.AnswerAll(Appended);
        var third = await _store.Next();
        third.AnswerAll(Appended);

        await Task.WhenAll([first, .. waiting]).WaitAsync(Patience, Cancellation);
        Assert.Equal(["a"], Keys(sent));
        Assert.Equal(["b", "c", "d"], Keys(second));
        Assert.Equal(["e"], Keys(third));
    }

    [Fact]
    public async Task Each_append_gets_its_own_outcome_whatever_its_neighbours_get()
    {
        var (head, sent) = await SendOne();
        Task<AppendResult>[] appends = [Append("a"), Append("b"), Append("c")];
        sent.Answer(Appended);
        var conflict = new AppendResult.Conflict(9);
        var duplicate = new AppendResult.Duplicate([]);

        (await _store.Next()).Answer(conflict, Appended, duplicate);

        Assert.Equal([conflict, Appended, duplicate], await Task.WhenAll(appends).WaitAsync(Patience, Cancellation));
        Assert.Equal(Appended, await head);
    }

    [Fact]
    public async Task Followers_get_what_was_committed_in_the_order_of_its_positions()
    {
        var (head, sent) = await SendOne();
        Task<AppendResult>[] appends = [Append("a"), Append("b"), Append("c")];
        sent.Answer(Appended);
        AppendResult At(int partition, long position) =>
            Appended with { Last = new LogPosition(partition, position), LastVersion = position };

        (await _store.Next()).Answer(At(3, 9), At(2, 1), At(3, 8));
        await Task.WhenAll([head, .. appends]).WaitAsync(Patience, Cancellation);
        // The answers come before the signal; the next batch comes after it.
        await SendOne();

        Assert.Equal([7, 8, 9], _signal.After(new LogPosition(3, 6), 10)!.Select(committed => committed.At.Position));
        var committed = Assert.Single(_signal.After(new LogPosition(2, 0), 10)!);
        Assert.Equal(("b", 1, 0), (committed.Journal.Key, committed.Version, committed.CommandIndex));
        Assert.Equal(0, _signal.Untold(3));
    }

    [Fact]
    public async Task A_store_that_throws_makes_the_outcome_of_its_batch_unknown_and_the_next_batch_goes_on()
    {
        var (lost, sent) = await SendOne();

        sent.Results.SetException(new InvalidOperationException("the line is cut"));

        var unknown = Assert.IsType<AppendResult.Unknown>(await lost.WaitAsync(Patience, Cancellation));
        Assert.Contains("the line is cut", unknown.Detail, StringComparison.Ordinal);
        var (next, batch) = await SendOne();
        batch.Answer(Appended);
        Assert.Equal(Appended, await next.WaitAsync(Patience, Cancellation));
    }

    [Fact]
    public async Task A_store_that_answers_too_few_makes_the_outcome_unknown()
    {
        var (lost, sent) = await SendOne();

        sent.Answer();

        Assert.IsType<AppendResult.Unknown>(await lost.WaitAsync(Patience, Cancellation));
    }

    [Fact]
    public async Task At_its_deadline_an_append_that_was_sent_is_unknown_and_one_that_waits_is_withdrawn_and_never_sent()
    {
        var (sentAppend, sent) = await SendOne();
        var waiting = Append("late");

        _time.Advance(Timeout);

        Assert.IsType<AppendResult.Unknown>(await sentAppend.WaitAsync(Patience, Cancellation));
        Assert.Equal(NotAcceptedReason.Withdrawn, Reason(await waiting.WaitAsync(Patience, Cancellation)));
        var after = Append("after");
        sent.Answer(Appended);
        var next = await _store.Next();
        Assert.Equal(["after"], Keys(next));
        next.Answer(Appended);
        Assert.Equal(Appended, await after.WaitAsync(Patience, Cancellation));
    }

    [Fact]
    public async Task Each_append_waits_up_to_its_own_deadline_in_whatever_order_they_came()
    {
        var (_, sent) = await SendOne();
        Task<AppendResult>[] waiting =
        [
            Append("late", timeout: 3 * Timeout), Append("soon", timeout: 2 * Timeout), Append("never", timeout: TimeSpan.MaxValue),
        ];

        _time.Advance(2 * Timeout);
        Assert.Equal(NotAcceptedReason.Withdrawn, Reason(await waiting[1].WaitAsync(Patience, Cancellation)));
        Assert.False(waiting[0].IsCompleted);
        _time.Advance(Timeout);
        Assert.Contains("within 15000 ms", Assert.IsType<AppendResult.NotAccepted>(await waiting[0]).Detail, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromDays(3));

        Assert.False(waiting[2].IsCompleted);
        sent.Answer(Appended);
        (await _store.Next()).Answer(Appended);
        Assert.Equal(Appended, await waiting[2].WaitAsync(Patience, Cancellation));
    }

    [Fact]
    public async Task One_callers_cancellation_ends_its_own_wait_and_never_the_batch()
    {
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var (head, first) = await SendOne();
        var cancelled = Append("impatient", impatient.Token);
        var neighbour = Append("patient");
        first.Answer(Appended);
        var batch = await _store.Next();

        await impatient.CancelAsync();

        Assert.IsType<AppendResult.Unknown>(await cancelled.WaitAsync(Patience, Cancellation));
        Assert.False(batch.Cancellation.IsCancellationRequested);
        batch.AnswerAll(Appended);
        Assert.Equal(Appended, await neighbour.WaitAsync(Patience, Cancellation));
        Assert.Equal(Appended, await head);
    }

    [Fact]
    public async Task A_caller_that_gave_up_before_it_asked_is_not_sent()
    {
        Assert.Equal(NotAcceptedReason.Withdrawn, Reason(await Append("a", new CancellationToken(canceled: true))));
        Assert.Equal(NotAcceptedReason.Withdrawn, Reason(await _appender.Append(Request("a"), TimeSpan.Zero, Cancellation)));
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once()
    {
        var (head, sent) = await SendOne();
        var waiting = Enumerable.Range(0, 4).Select(number => Append($"w{number}")).ToArray();

        var refused = Append("one too many");

        Assert.True(refused.IsCompleted);
        Assert.Equal(NotAcceptedReason.QueueFull, Reason(await refused));
        sent.Answer(Appended);
        (await _store.Next()).AnswerAll(Appended);
        (await _store.Next()).AnswerAll(Appended);
        var results = await Task.WhenAll([head, .. waiting]).WaitAsync(Patience, Cancellation);
        Assert.All(results, result => Assert.Equal(Appended, result));
    }

    [Fact]
    public async Task A_commit_wakes_the_partitions_it_touched_and_no_other()
    {
        var (touched, other) = (_signal.Next(3), _signal.Next(4));
        var (_, sent) = await SendOne();

        sent.Answer(Appended);
        // Callers are answered first; the next batch goes out after both.
        await SendOne();

        Assert.True(touched.IsCompleted);
        Assert.False(other.IsCompleted);
    }

    [Fact]
    public async Task An_append_that_wrote_nothing_wakes_nobody()
    {
        var partition = _signal.Next(3);
        var (_, sent) = await SendOne();

        sent.Answer(new AppendResult.Conflict(1));
        await SendOne();

        Assert.False(partition.IsCompleted);
    }

    [Fact]
    public async Task A_stop_sends_what_was_queued_and_takes_nothing_new()
    {
        var (first, sent) = await SendOne();
        var queued = Append("queued");

        var stopping = _appender.DisposeAsync().AsTask();

        Assert.Equal(NotAcceptedReason.Stopping, Reason(await Append("new")));
        sent.Answer(Appended);
        (await _store.Next()).Answer(Appended);
        await stopping.WaitAsync(Patience, Cancellation);
        Assert.Equal([Appended, Appended], await Task.WhenAll(first, queued).WaitAsync(Patience, Cancellation));
    }

    [Fact]
    public async Task A_stop_with_a_database_that_does_not_answer_refuses_what_waits_after_the_stop_timeout()
    {
        var sentAppend = Append("sent", timeout: TimeSpan.FromSeconds(60));
        await _store.Next();
        var queued = Append("queued", timeout: TimeSpan.FromSeconds(60));

        var stopping = _appender.DisposeAsync().AsTask();
        _time.Advance(Timeout);
        await stopping.WaitAsync(Patience, Cancellation);

        Assert.Equal(NotAcceptedReason.Stopping, Reason(await queued.WaitAsync(Patience, Cancellation)));
        Assert.False(sentAppend.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(55));
        Assert.IsType<AppendResult.Unknown>(await sentAppend.WaitAsync(Patience, Cancellation));
    }

    [Fact]
    public async Task A_request_that_is_wrong_by_itself_is_refused_with_its_reason()
    {
        await Refused(Request("a") with { Journal = default }, "names the journal");
        await Refused(Request("a") with { Events = [] }, "at least one event");
        await Refused(Request("a") with { Events = [Event(1), Event(1), Event(1)] }, "at most 2 events");
        await Refused(Request("a") with { Events = [Event(1), Event(17)] }, "at most 16 bytes");
    }

    private async Task Refused(AppendRequest request, string reason) => Assert.Contains(
        reason,
        (await Assert.ThrowsAsync<ArgumentException>(() => _appender.Append(request, Timeout, Cancellation))).Message,
        StringComparison.Ordinal);

    private async Task<(Task<AppendResult> Append, ScriptedStore.Batch Sent)> SendOne()
    {
        var append = Append("head");
        return (append, await _store.Next());
    }

    private Task<AppendResult> Append(string key, CancellationToken? cancellation = null, TimeSpan? timeout = null) =>
        _appender.Append(Request(key), timeout ?? Timeout, cancellation ?? Cancellation);

    private static AppendRequest Request(string key) => new(JournalId.Of("t", key), 0, Guid.NewGuid(), [Event(1)]);

    private static ProposedEvent Event(int bytes) => new("e", 1, "json", new byte[bytes], EventMetadata.None);

    private static IEnumerable<string> Keys(ScriptedStore.Batch batch) => batch.Requests.Select(request => request.Journal.Key);

    private static NotAcceptedReason Reason(AppendResult result) => Assert.IsType<AppendResult.NotAccepted>(result).Reason;
}
