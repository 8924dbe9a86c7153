using Orleans.Providers.Streams.Common;
using Orleans.Streams;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Streaming;

namespace OrleansEs.Specs.ReadSide;

public sealed class LogQueueCacheSpecs
{
    private static readonly StreamId Mine = EventLogStreams.OfPartition(0);
    private static readonly StreamId Other = StreamId.Create("readmodel", "accounts/1/0");

    private readonly LogQueueCache _cache = new(sizeMax: 4, bytesMax: 100);

    [Fact]
    public void A_cursor_without_a_token_begins_with_what_comes()
    {
        Push(1);
        using var cursor = _cache.GetCacheCursor(Mine, null!);
        Assert.False(Moves(cursor));

        Push(2);

        Assert.Equal([2], Rest(cursor));
    }

    [Fact]
    public void A_cursor_with_a_token_begins_with_the_batch_that_ends_there()
    {
        Push(1, 2, 3);

        Assert.Equal([2, 3], Rest(_cache.GetCacheCursor(Mine, new EventSequenceToken(2))));
    }

    [Fact]
    public void A_token_that_no_batch_ends_with_begins_with_the_next_later_one()
    {
        Push(1, 5, 9);

        Assert.Equal([5, 9], Rest(_cache.GetCacheCursor(Mine, new EventSequenceToken(3))));
        Assert.Equal([], Rest(_cache.GetCacheCursor(Mine, new EventSequenceToken(10))));
    }

    [Fact]
    public void A_batch_that_was_pushed_twice_is_stepped_over_at_its_last_copy()
    {
        Push(1, 2, 2, 3);
        using var cursor = _cache.GetCacheCursor(Mine, new EventSequenceToken(2));

        Assert.True(Moves(cursor));
        Assert.Equal([3], Rest(cursor));
    }

    [Fact]
    public void A_slow_cursor_loses_the_oldest_and_nothing_is_held_back()
    {
        Push(1);
        using var cursor = _cache.GetCacheCursor(Mine, new EventSequenceToken(1));
        Push(2, 3, 4, 5, 6, 7);

        Assert.False(_cache.IsUnderPressure());
        Assert.Equal(QueueAdapterConstants.UNLIMITED_GET_QUEUE_MSG, _cache.GetMaxAddCount());
        Assert.Equal([4, 5, 6, 7], Rest(cursor));
    }

    [Fact]
    public void A_token_older_than_everything_begins_with_the_oldest()
    {
        Push(5, 6, 7, 8, 9);

        Assert.Equal([6, 7, 8, 9], Rest(_cache.GetCacheCursor(Mine, new EventSequenceToken(1))));
    }

    [Fact]
    public void Large_events_push_the_oldest_out_and_the_batches_of_one_read_count_once()
    {
        var first = Committed.Run(1, 1, payloadBytes: 60);
        _cache.AddToCache([new LogBatchContainer(Other, first), new LogBatchContainer(Mine, first)]);
        Assert.Equal([1], Rest(FromOldest()));

        _cache.AddToCache([new LogBatchContainer(Mine, Committed.Run(2, 1, payloadBytes: 40))]);
        Assert.Equal([1, 2], Rest(FromOldest()));

        _cache.AddToCache([new LogBatchContainer(Mine, Committed.Run(3, 1, payloadBytes: 1))]);
        Assert.Equal([2, 3], Rest(FromOldest()));

        _cache.AddToCache([new LogBatchContainer(Mine, Committed.Run(4, 1, payloadBytes: 1_000))]);
        Assert.Equal([4], Rest(FromOldest()));

        Push(5, 6);
        Assert.Equal([5, 6], Rest(FromOldest()));

        IQueueCacheCursor FromOldest() => _cache.GetCacheCursor(Mine, new EventSequenceToken(0));
    }

    [Fact]
    public void A_cursor_sees_its_own_stream_only()
    {
        using var cursor = _cache.GetCacheCursor(Mine, null!);
        _cache.AddToCache([Batch(Other, 1), Batch(Mine, 1), Batch(Other, 2), Batch(Mine, 2)]);

        Assert.Equal([1, 2], Rest(cursor));
        Assert.Null(cursor.GetCurrent(out var none));
        Assert.Null(none);
    }

    [Fact]
    public void A_batch_gives_its_events_with_their_positions_and_only_as_what_they_are()
    {
        var batch = new LogBatchContainer(Mine, Committed.Run(7, 3));

        Assert.Equal([7, 8, 9], batch.GetEvents<CommittedEvent>().Select(item => item.Item2.SequenceNumber));
        Assert.Empty(batch.GetEvents<string>());
        Assert.Equal(9, batch.SequenceToken.SequenceNumber);
    }

    [Fact]
    public void Every_stream_belongs_to_the_queue_of_the_partition_that_its_key_ends_with()
    {
        var mapper = new LogQueueMapper("EventLog", 8);

        Assert.Equal(8, mapper.GetAllQueues().Count());
        Assert.Equal(3, LogQueueMapper.PartitionOf(mapper.GetQueueForStream(EventLogStreams.OfPartition(3))));
        Assert.Equal(5, LogQueueMapper.PartitionOf(mapper.GetQueueForStream(StreamId.Create("readmodel", "accounts/1/5"))));
        Assert.Throws<ArgumentException>(() => mapper.GetQueueForStream(EventLogStreams.OfPartition(8)));
        Assert.Throws<ArgumentException>(() => mapper.GetQueueForStream(StreamId.Create("log", "all")));
    }

    private void Push(params long[] lasts) => _cache.AddToCache([.. lasts.Select(last => Batch(Mine, last))]);

    private static LogBatchContainer Batch(StreamId stream, long last) => new LogBatchContainer(stream, Committed.Run(last, 1));

    private static bool Moves(IQueueCacheCursor cursor) =>
        cursor.MoveNextWithResult().Kind == QueueCacheCursorMoveResultKind.Success;

    private static List<long> Rest(IQueueCacheCursor cursor)
    {
        var lasts = new List<long>();
        while (Moves(cursor))
            lasts.Add(cursor.GetCurrent(out _)!.SequenceToken.SequenceNumber);
        return lasts;
    }
}
