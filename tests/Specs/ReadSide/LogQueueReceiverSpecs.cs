using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orleans.Streams;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Streaming;

namespace OrleansEs.Specs.ReadSide;

public sealed class LogQueueReceiverSpecs
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private static readonly StreamId Accounts = StreamId.Create("readmodel", "accounts/1/0");

    private readonly FakeTimeProvider _time = new();
    private readonly CommitSignal _signal = new(partitions: 1);
    private readonly FakeLog _log = new();
    private readonly LogQueueReceiver _receiver;

    public LogQueueReceiverSpecs() => _receiver = new LogQueueReceiver(
        0,
        new LogPushSource(_log, _signal, new Targets()),
        new LogStreamOptions { PageSizeMax = 3 },
        _time,
        NullLogger<LogQueueReceiver>.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_begins_at_the_head_and_pushes_what_comes_to_every_stream_when_it_is_signalled()
    {
        _log.Events.AddRange(Committed.Run(1, 2));
        var pull = Pull();
        Assert.False(pull.IsCompleted);

        Append(2);
        var pushes = await pull.WaitAsync(Soon, Cancellation);

        Assert.Equal([EventLogStreams.OfPartition(0), Accounts], pushes.Select(push => push.StreamId));
        Assert.All(pushes, push => Assert.Equal(
            [3, 4], push.GetEvents<CommittedEvent>().Select(item => item.Item1.At.Position)));
    }

    [Fact]
    public async Task It_pushes_a_bounded_page_and_then_the_next()
    {
        var pull = Pull();
        Append(5);

        Assert.Equal(3, (await pull.WaitAsync(Soon, Cancellation))[0].SequenceToken.SequenceNumber);
        Assert.Equal(5, (await Pull().WaitAsync(Soon, Cancellation))[0].SequenceToken.SequenceNumber);
    }

    [Fact]
    public async Task What_this_silo_committed_is_pushed_without_a_look_into_the_log()
    {
        var pull = Pull();
        Tell(2);
        Assert.Equal(2, LastOf(await pull.WaitAsync(Soon, Cancellation)));
        var reads = _log.Reads;

        pull = Pull();
        Tell(5);
        Assert.Equal(5, LastOf(await pull.WaitAsync(Soon, Cancellation)));
        Assert.Equal(7, LastOf(await Pull().WaitAsync(Soon, Cancellation)));

        Assert.Equal(reads, _log.Reads);
    }

    [Fact]
    public async Task What_another_silo_committed_in_between_is_read_and_nothing_is_missed()
    {
        var pull = Pull();
        Tell(1);
        Assert.Equal(1, LastOf(await pull.WaitAsync(Soon, Cancellation)));

        pull = Pull();
        _log.Events.AddRange(Committed.Run(2, 1));
        Tell(1);
        var pushed = await pull.WaitAsync(Soon, Cancellation);
        Assert.Equal([2, 3], pushed[0].GetEvents<CommittedEvent>().Select(item => item.Item1.At.Position));

        pull = Pull();
        Append(1);
        Assert.Equal(4, LastOf(await pull.WaitAsync(Soon, Cancellation)));
    }

    [Fact]
    public async Task What_another_silo_committed_is_found_by_the_poll()
    {
        var pull = Pull();
        _log.Events.AddRange(Committed.Run(1, 1));

        _time.Advance(TimeSpan.FromMilliseconds(200));

        Assert.NotEmpty(await pull.WaitAsync(Soon, Cancellation));
    }

    [Fact]
    public async Task A_quiet_partition_gives_Orleans_its_turn_now_and_then()
    {
        var pull = Pull();
        while (!pull.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Yield();
        }

        Assert.Empty(await pull);
    }

    [Fact]
    public async Task A_database_that_cannot_be_read_costs_pushes_and_no_exception()
    {
        var first = Pull();
        _log.Unavailable = true;
        Append(1);
        while (!first.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.Empty(await first);

        _log.Unavailable = false;
        Assert.Equal(1, (await Pull().WaitAsync(Soon, Cancellation))[0].SequenceToken.SequenceNumber);
    }

    [Fact]
    public async Task A_cancelled_pull_ends_at_once_without_an_exception()
    {
        using var stop = new CancellationTokenSource();
        var pull = _receiver.GetQueueMessagesAsync(-1, stop.Token);

        await stop.CancelAsync();

        Assert.Empty(await pull.WaitAsync(Soon, Cancellation));
    }

    private Task<IList<IBatchContainer>> Pull() => _receiver.GetQueueMessagesAsync(-1, Cancellation);

    private void Append(int count)
    {
        _log.Events.AddRange(Committed.Run(_log.Events.Count + 1, count));
        _signal.Committed(0);
    }

    private void Tell(int count)
    {
        var events = Committed.Run(_log.Events.Count + 1, count);
        _log.Events.AddRange(events);
        _signal.Committed(0, events);
    }

    private static long LastOf(IList<IBatchContainer> pushes) => pushes[0].SequenceToken.SequenceNumber;

    private sealed class Targets : IPushTargets
    {
        public IEnumerable<StreamId> Of(int partition) => [Accounts];
    }

    private sealed class FakeLog : IEventLogReader
    {
        public List<CommittedEvent> Events { get; } = [];

        public bool Unavailable { get; set; }

        public int Reads { get; private set; }

        public LogIdentity Identity { get; } = new(Guid.Empty, 1, 1);

        public Task<IReadOnlyList<CommittedEvent>> ReadPartition(
            LogPosition after, int countMax, CancellationToken cancellation)
        {
            Reads++;
            return Unavailable
                ? throw new EventLogUnavailableException("The disk is away.")
                : Task.FromResult<IReadOnlyList<CommittedEvent>>([.. Events.Skip((int)after.Position).Take(countMax)]);
        }

        public Task<IReadOnlyList<long>> ReadHeads(CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<long>>([Events.Count]);

        public Task<IReadOnlyList<CommittedEvent>> ReadJournal(
            JournalId journal, long afterVersion, int countMax, CancellationToken cancellation) =>
            throw new InvalidOperationException("A receiver reads partitions.");

        public Task<IReadOnlyList<CommittedEvent>> FindCommand(
            JournalId journal, Guid commandId, CancellationToken cancellation) =>
            throw new InvalidOperationException("A receiver reads partitions.");
    }
}
