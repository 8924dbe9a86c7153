using System.Diagnostics.CodeAnalysis;
using Orleans.Streams;

namespace OrleansEs.EventLog.Streaming;

// What was pushed lately on one queue: a ring that forgets the oldest, by count and by bytes of payload.
// Invariants: it never throws and never holds the receiver back; a consumer that is slower than the ring is long loses
//   pushes, which costs it a read of the log; one thread at a time, as Orleans' pulling agent guarantees.
internal sealed class LogQueueCache : IQueueCache
{
    private readonly IBatchContainer?[] _ring;
    private readonly long _bytesMax;
    private long _begin;
    private long _end;
    private long _bytes;

    public LogQueueCache(int sizeMax, long bytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesMax, 1);
        _ring = new IBatchContainer[sizeMax];
        _bytesMax = bytesMax;
    }

    public int GetMaxAddCount() => QueueAdapterConstants.UNLIMITED_GET_QUEUE_MSG;

    public bool IsUnderPressure() => false;

    public void AddToCache(IList<IBatchContainer> messages)
    {
        foreach (var message in messages)
        {
            if (_end - _begin == _ring.Length)
                Forget();
            _bytes += BytesOf(message, _end > _begin ? At(_end - 1) : null);
            _ring[_end++ % _ring.Length] = message;
        }
        // The newest read stays whatever its size: a push that is gone before it was seen helps nobody.
        while (_bytes > _bytesMax && !AreOfOneRead(At(_begin), At(_end - 1)))
            Forget();
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
        for (var index = _end - 1; index >= _begin; index--)
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

    private IBatchContainer At(long index) => _ring[index % _ring.Length]!;

    private void Forget()
    {
        var forgotten = At(_begin);
        _ring[_begin++ % _ring.Length] = null;
        // The bytes of one read go with the last of its batches.
        if (_begin == _end || !AreOfOneRead(forgotten, At(_begin)))
            _bytes -= BytesOf(forgotten, null);
    }

    // The batches of one read lie side by side and share their events, which count once.
    private static long BytesOf(IBatchContainer batch, IBatchContainer? before) =>
        batch is LogBatchContainer log && !(before is not null && AreOfOneRead(batch, before)) ? log.PayloadBytes : 0;

    private static bool AreOfOneRead(IBatchContainer one, IBatchContainer other) => ReferenceEquals(one, other)
        || (one is LogBatchContainer first && other is LogBatchContainer second && first.SharesEventsWith(second));

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
            _next = Math.Max(_next, cache._begin);
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
