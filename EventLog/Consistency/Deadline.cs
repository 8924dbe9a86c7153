namespace OrleansEs.EventLog.Consistency;

/// <summary>A moment after which nobody waits any more.</summary>
internal readonly struct Deadline
{
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly TimeSpan _timeout;

    private Deadline(TimeProvider time, TimeSpan timeout)
    {
        _time = time;
        _startedAt = time.GetTimestamp();
        _timeout = timeout;
    }

    public TimeSpan Remaining
    {
        get
        {
            var left = _timeout - _time.GetElapsedTime(_startedAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public bool HasPassed => Remaining == TimeSpan.Zero;

    public static Deadline After(TimeSpan timeout, TimeProvider time) => new(time, timeout);

    /// <summary>Cancels when the deadline passes; the caller disposes of it.</summary>
    public CancellationTokenSource ToCancellation() => new(Remaining, _time);

    /// <summary>Waits for the given time, but not beyond the deadline.</summary>
    public Task Delay(TimeSpan delay) => Task.Delay(delay < Remaining ? delay : Remaining, _time, CancellationToken.None);
}
