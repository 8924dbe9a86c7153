using Orleans.Providers.Streams.Common;
using Orleans.Streams;

namespace OrleansEs.EventLog.Streaming;

// A run of one partition's events on its way to one stream. The containers of one read share the same events.
// Invariants: at least one event; positions without a hole; the token is that of the last event.
[GenerateSerializer, Immutable, Alias("eventlog.batch-container")]
internal sealed class LogBatchContainer : IBatchContainer
{
    [Id(0)]
    private readonly CommittedEvent[] _events;

    public LogBatchContainer(StreamId streamId, CommittedEvent[] events)
    {
        ArgumentOutOfRangeException.ThrowIfZero(events.Length);
        StreamId = streamId;
        _events = events;
    }

    [Id(1)]
    public StreamId StreamId { get; }

    public StreamSequenceToken SequenceToken => TokenOf(_events[^1]);

    // Of its payloads, each time it is asked.
    public long PayloadBytes => _events.Sum(committed => (long)committed.Payload.Length);

    public bool SharesEventsWith(LogBatchContainer other) => ReferenceEquals(_events, other._events);

    // One by one; or all as one item, on the streams of read models, which nobody else subscribes to.
    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>()
    {
        if (typeof(T) == typeof(CommittedEvent[]))
        {
            yield return new Tuple<T, StreamSequenceToken>((T)(object)_events, SequenceToken);
            yield break;
        }
        foreach (var committed in _events)
        {
            if (committed is T wanted)
                yield return new Tuple<T, StreamSequenceToken>(wanted, TokenOf(committed));
        }
    }

    public bool ImportRequestContext() => false;

    public override string ToString() => $"{StreamId} {_events[0].At} to {_events[^1].At}";

    private static EventSequenceToken TokenOf(CommittedEvent committed) => new(committed.At.Position);
}
