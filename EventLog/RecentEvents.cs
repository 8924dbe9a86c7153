namespace OrleansEs.EventLog;

/// <summary>
/// The last events of one partition that this silo committed: a ring that forgets the oldest, by count and by bytes of payload.
/// Invariant: it holds one run of committed events without a hole; where another silo's commit lies between, the run begins
/// anew behind it.
/// </summary>
internal sealed class RecentEvents
{
    // A follower that is awake takes them within milliseconds; one that sleeps longer reads the log.
    private const int EventsMax = 256;
    private const long BytesMax = 512 * 1024;

    private readonly Lock _gate = new();
    private readonly CommittedEvent?[] _ring = new CommittedEvent?[EventsMax];
    private long _first = 1;
    private long _last;
    private long _bytes;

    /// <summary>Keeps events.</summary>
    /// <param name="events">In the order of their positions, without a hole.</param>
    public void Add(IReadOnlyList<CommittedEvent> events)
    {
        lock (_gate)
        {
            foreach (var committed in events)
                Add(committed);
        }
    }

    /// <summary>The events behind a position, at most so many; none when it is the last. Null when some of them are not kept.</summary>
    public IReadOnlyList<CommittedEvent>? After(long position, int countMax)
    {
        lock (_gate)
        {
            if (position >= _last)
                return [];
            if (position + 1 < _first)
                return null;
            var events = new CommittedEvent[Math.Min(countMax, _last - position)];
            for (var index = 0; index < events.Length; index++)
                events[index] = _ring[(position + 1 + index) % EventsMax]!;
            return events;
        }
    }

    private void Add(CommittedEvent committed)
    {
        var position = committed.At.Position;
        // Told late: what comes behind it is known already.
        if (position <= _last)
            return;
        while (_first <= _last && (position != _last + 1 || position - _first >= EventsMax))
            Forget();
        if (_first > _last)
            _first = position;
        _ring[position % EventsMax] = committed;
        _last = position;
        _bytes += committed.Payload.Length;
        while (_bytes > BytesMax && _first < _last)
            Forget();
    }

    private void Forget()
    {
        ref var forgotten = ref _ring[_first++ % EventsMax];
        _bytes -= forgotten!.Payload.Length;
        forgotten = null;
    }
}
