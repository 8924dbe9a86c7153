using System.Diagnostics;
using OrleansEs.EventLog;

namespace OrleansEs.Benchmarks.Frame;

/// <summary>
/// From the acknowledgement of a command until a reader sees it. What a reader saw before the caller had the answer has no lag.
/// </summary>
internal sealed class Lag
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, PriorityQueue<long, long>> _waiting = [];
    private readonly Dictionary<int, long> _seen = [];
    private readonly List<long> _lags = [];
    private int _unseen;

    /// <summary>How many were acknowledged and not seen yet.</summary>
    public int Unseen
    {
        get
        {
            lock (_gate)
                return _unseen;
        }
    }

    /// <summary>The lags so far.</summary>
    public Latencies Latencies
    {
        get
        {
            lock (_gate)
                return new Latencies(_lags);
        }
    }

    /// <summary>A caller was told that its event is at that place.</summary>
    public void Acknowledged(LogPosition at)
    {
        var now = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            if (at.Position <= _seen.GetValueOrDefault(at.Partition))
            {
                _lags.Add(0);
                return;
            }
            if (!_waiting.TryGetValue(at.Partition, out var waiting))
                _waiting[at.Partition] = waiting = new PriorityQueue<long, long>();
            waiting.Enqueue(now, at.Position);
            _unseen++;
        }
    }

    /// <summary>A reader saw everything up to that place.</summary>
    public void Seen(LogPosition upTo)
    {
        var now = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            _seen[upTo.Partition] = Math.Max(upTo.Position, _seen.GetValueOrDefault(upTo.Partition));
            if (!_waiting.TryGetValue(upTo.Partition, out var waiting))
                return;
            while (waiting.TryPeek(out var acknowledged, out var position) && position <= upTo.Position)
            {
                waiting.Dequeue();
                _unseen--;
                _lags.Add(now - acknowledged);
            }
        }
    }

    /// <summary>Adds a lag that was measured otherwise.</summary>
    public void Add(long ticks)
    {
        lock (_gate)
            _lags.Add(ticks);
    }
}
