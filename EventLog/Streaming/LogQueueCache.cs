using System.Diagnostics.CodeAnalysis;
using Orleans.Streams;

namespace OrleansEs.EventLog.Streaming;

// What was pushed lately on one queue: a ring that forgets the oldest.
// Invariants: it never throws and never holds the receiver back; a consumer that is slower than the ring is long loses
//   pushes, which costs it a read of the log; one thread at a time, as Orleans' pulling agent guarantees.
internal sealed class LogQueueCache : IQueueCache
{
    private readonly IBatchContainer[] _ring;
    private long _end;

    public LogQueueCache(int sizeMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeMax, 1);
        _ring = new IBatchContainer[sizeMax];
    }

    private long Begin => Math.Max(0, _end - _ring.Length);

    public int GetMaxAddCount() => QueueAdapterConstants.UNLIMITED_GET_QUEUE_MSG;

    public bool IsUnderPressure() => false;

    public void AddToCache(IList<IBatchContainer> messages)
    {
        foreach (var message in messages)
            _ring[_end++ % _ring.Length] = message;
    }

    // Forgetting needs no help, and the log is not told of deliveries.
    public bool TryPurgeFromCache([MaybeNullWhen(false)] out IList<IBatchContainer> purgedItems)
    {
        purgedItems = null;
        return false;
    }

    public IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken? token) =>
        new Cursor(this, streamId, token is null ? _end : IndexOf(streamId, token));

    // The batch that ends with the token, the last one if it was pushed more than once: Orleans steps over that batch when a
    // consumer says that it has it, and would step in place for ever over an earlier copy. Else the first later batch.
    private long IndexOf(StreamId streamId, StreamSequenceToken token)
    {
        var firstLater = _end;
        for (var index = _end - 1; index >= Begin; index--)
        {
            var batch = At(index);
            if (!batch.StreamId.Equals(streamId))
                continue;
            if (batch.SequenceToken.SequenceNumber == token.SequenceNumber)
                return index;
            if (batch.SequenceToken.SequenceNumber > token.SequenceNumber)
                firstLater = index;
        }
        return firstLater;
    }

    private IBatchContainer At(long index) => _ring[index % _ring.Length];

    private sealed class Cursor(LogQueueCache cache, StreamId streamId, long next) : IQueueCacheCursor
    {
        private long _next = next;
        private IBatchContainer? _current;

        public IBatchContainer? GetCurrent(out Exception? exception)
        {
            exception = null;
            return _current;
        }

        public bool MoveNext()
        {
            _next = Math.Max(_next, cache.Begin);
            while (_next < cache._end)
            {
                var batch = cache.At(_next++);
                if (!batch.StreamId.Equals(streamId))
                    continue;
                _current = batch;
                return true;
            }
            _current = null;
            return false;
        }

        // The cursor reads the ring itself: whatever is new it finds by itself.
        public void Refresh(StreamSequenceToken token) { }

        // A push that was not delivered is lost; the consumer reads the log.
        public void RecordDeliveryFailure() { }

        public void Dispose() { }
    }
}
