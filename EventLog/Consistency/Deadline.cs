namespace OrleansEs.EventLog.Consistency;

/// <summary>A moment after which nobody waits any more.</summary>
internal readonly struct Deadline
{
    // An append takes some milliseconds, and some more on a busy machine.
    private static readonly TimeSpan s_tryMin = TimeSpan.FromMilliseconds(50);

    // Shorter waits end at once, or before their time: many of them in a row would be a hot loop.
    private static readonly TimeSpan s_waitMin = TimeSpan.FromMilliseconds(10);

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

    /// <summary>
    /// Waits before another try, and leaves enough time for it: one that is sent a moment before the deadline would only turn
    /// "not done" into "not known".
    /// </summary>
    /// <returns>False, at once, when there is no time for another try.</returns>
    public async Task<bool> WaitToRetry(TimeSpan delay)
    {
        var left = Remaining - s_tryMin;
        if (left < s_waitMin)
            return false;
        await Task.Delay(delay < left ? delay : left, _time, CancellationToken.None);
        return true;
    }

    /// <summary>Waits for the given time, but not beyond the deadline.</summary>
    public Task Delay(TimeSpan delay) => Task.Delay(delay < Remaining ? delay : Remaining, _time, CancellationToken.None);
}
