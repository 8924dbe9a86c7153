namespace OrleansEs.EventLog;

/// <summary>
/// The appends that were taken and are not answered yet. One timer watches over the deadlines of all of them, and is set to the
/// first: a timer for each would cost as much as the rest of its way through the queue, and hardly any would ever fire.
/// </summary>
/// <remarks>
/// Invariants: each append is answered once, at its deadline at the latest; while anything is under way the timer is set, never for
/// later than the first deadline.
/// </remarks>
#pragma warning disable CA1001 // A timer that is not set holds nothing, and one that is set has somebody to answer yet.
internal sealed class AppendsUnderWay
#pragma warning restore CA1001
{
    private static readonly TimeSpan s_timerMax = TimeSpan.FromDays(1);

    private readonly EventLogMeter _meter;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly LinkedList<PendingAppend> _underWay = [];
    private long _firstDueAt = long.MaxValue;

    public AppendsUnderWay(EventLogMeter meter, TimeProvider time)
    {
        (_meter, _time) = (meter, time);
        _timer = time.CreateTimer(
            static underWay => ((AppendsUnderWay)underWay!).EndOverdue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Begins one.</summary>
    public PendingAppend Begin(AppendRequest request, TimeSpan timeout)
    {
        var now = _time.GetTimestamp();
        var wait = timeout.TotalSeconds * _time.TimestampFrequency;
        var pending = new PendingAppend(request, now, wait < long.MaxValue - now ? now + (long)wait : long.MaxValue);
        lock (_gate)
        {
            _underWay.AddLast(pending.Place);
            if (pending.DueAt < _firstDueAt)
                SetTimer(pending.DueAt, now);
        }
        return pending;
    }

    /// <summary>Answers one, unless that has been done.</summary>
    public void Answer(PendingAppend pending, AppendResult result)
    {
        if (!pending.TryAnswer(result))
            return;
        lock (_gate)
            _underWay.Remove(pending.Place);
        _meter.Answered(result, _time.GetElapsedTime(pending.BegunAt));
    }

    /// <summary>Ends the wait for one, of which a batch may be on its way all the same.</summary>
    /// <param name="pending">The append.</param>
    /// <param name="when">How long it was waited for, in words: "within 50 ms".</param>
    public void GiveUp(PendingAppend pending, string when) => Answer(pending, pending.TryWithdraw()
        ? NotSent(when)
        : new AppendResult.Unknown($"The append to {pending.Request.Journal} was sent, and its answer did not come {when}."));

    /// <summary>The answer to an append that was not sent.</summary>
    /// <param name="when">How long it was waited for, in words.</param>
    public static AppendResult.NotAccepted NotSent(string when) => new(
        NotAcceptedReason.Withdrawn, $"The append was not sent {when}, and was withdrawn. Trying again may work.");

    /// <summary>How long was waited for what was not done, in words.</summary>
    public static string Within(TimeSpan timeout) => $"within {timeout.TotalMilliseconds:0} ms";

    private void EndOverdue()
    {
        var now = _time.GetTimestamp();
        List<PendingAppend> overdue = [];
        lock (_gate)
        {
            var next = long.MaxValue;
            foreach (var pending in _underWay)
            {
                if (pending.DueAt <= now)
                    overdue.Add(pending);
                else
                    next = Math.Min(next, pending.DueAt);
            }
            SetTimer(next, now);
        }
        foreach (var pending in overdue)
            GiveUp(pending, Within(_time.GetElapsedTime(pending.BegunAt, pending.DueAt)));
    }

    private void SetTimer(long firstDueAt, long now)
    {
        _firstDueAt = firstDueAt;
        if (firstDueAt == long.MaxValue)
            return;
        var left = _time.GetElapsedTime(now, firstDueAt);
        // Timers count whole milliseconds; one that fires too early is set again.
        _timer.Change(
            left < s_timerMax ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : s_timerMax,
            Timeout.InfiniteTimeSpan);
    }
}
