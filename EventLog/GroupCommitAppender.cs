namespace OrleansEs.EventLog;

/// <summary>
/// Turns concurrent appends into few transactions. They wait in lanes, usually a single one, of which each has one batch under way
/// at a time; a partition belongs to one lane, so that no two batches of this silo wait for each other's locks.
/// </summary>
/// <remarks>
/// Invariants: appends to one partition are sent in the order in which they came; an append is answered "appended" only after its
/// transaction is durable; one append's conflict never fails its neighbours; a caller that stops waiting does not stop the batch;
/// nobody waits longer than the timeout; what was not sent is certainly not in the log, and what was sent without an answer is
/// never called failed.
/// </remarks>
internal sealed class GroupCommitAppender : IEventLogAppender, IAsyncDisposable
{
    // One append is one statement, so it cannot be spread over several batches.
    private const long AppendBytesMax = 32L << 20;

    private readonly int _partitions;
    private readonly AppendLimits _limits;
    private readonly EventLogMeter _meter;
    private readonly TimeProvider _time;
    private readonly AppendLane[] _lanes;
    private int _stopping;

    public GroupCommitAppender(
        IEventLogStore store, CommitSignal committed, AppendLimits limits, EventLogMeter meter, TimeProvider time)
    {
        (_partitions, _limits, _meter, _time) = (store.Identity.Partitions, limits, meter, time);
        var room = new WaitingRoom(limits.QueueCapacity);
        _lanes = [.. Enumerable.Range(0, limits.Lanes).Select(_ => new AppendLane(store, committed, limits, meter, room))];
        _meter.ObserveQueue(() => room.Taken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The request itself is wrong: no events, too many, or one too large.</exception>
    public async Task<AppendResult> Append(AppendRequest request, TimeSpan timeout, CancellationToken cancellation)
    {
        Check(request);
        var started = _time.GetTimestamp();
        // Nothing here belongs to the caller's grain, whose scheduler takes longer than the rest of this.
        var result = await Queue(request, timeout, cancellation).ConfigureAwait(false);
        _meter.Answered(result, _time.GetElapsedTime(started));
        return result;
    }

    /// <summary>
    /// Stops taking appends, sends what waits for as long as the stop timeout allows, and answers the rest
    /// <see cref="NotAcceptedReason.Stopping"/>.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopping, 1) == 1)
            return;
        foreach (var lane in _lanes)
            lane.Stop();
        try
        {
            await Task.WhenAll(_lanes.Select(lane => lane.Ended)).WaitAsync(_limits.StopTimeout, _time);
        }
        catch (TimeoutException)
        {
            // The database does not answer. What was sent is answered "unknown" at its own deadline.
            foreach (var lane in _lanes)
                lane.RefuseWaiting(Stopping());
        }
    }

    private void Check(AppendRequest request)
    {
        var (journal, count) = (request.Journal, request.Events.Count);
        if (journal == default)
            throw new ArgumentException("An append names the journal it is for.", nameof(request));
        if (count == 0)
            throw new ArgumentException($"An append to {journal} holds at least one event.", nameof(request));
        if (count > _limits.EventsMax)
            throw new ArgumentException(
                $"An append holds at most {_limits.EventsMax} events; this one to {journal} has {count}.", nameof(request));
        if (AppendLane.BytesOf(request) > AppendBytesMax)
            throw new ArgumentException(
                $"An append holds at most {AppendBytesMax} bytes of payload; this one to {journal} has {AppendLane.BytesOf(request)}.",
                nameof(request));
        _limits.CheckPayloads(request, nameof(request));
    }

    private async Task<AppendResult> Queue(AppendRequest request, TimeSpan timeout, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested || timeout <= TimeSpan.Zero)
            return NotSentInTime(timeout, cancellation);
        var pending = new PendingAppend(request);
        if (!LaneOf(request.Journal).TryQueue(pending))
            return Refusal();
        try
        {
            return await pending.Result.WaitAsync(timeout, _time, cancellation).ConfigureAwait(false);
        }
        catch (Exception gaveUp) when (gaveUp is TimeoutException or OperationCanceledException)
        {
            if (pending.TryWithdraw())
                return NotSentInTime(timeout, cancellation);
            return pending.Result.IsCompleted
                ? await pending.Result.ConfigureAwait(false)
                : new AppendResult.Unknown(
                    $"The append to {request.Journal} was sent, and its answer did not come {Since(timeout, cancellation)}.");
        }
    }

    private AppendLane LaneOf(JournalId journal) =>
        _lanes.Length == 1 ? _lanes[0] : _lanes[journal.PartitionOf(_partitions) % _lanes.Length];

    private AppendResult.NotAccepted Refusal() => _stopping == 1
        ? Stopping()
        : new AppendResult.NotAccepted(
            NotAcceptedReason.QueueFull,
            $"{_limits.QueueCapacity} appends wait already. Try again later, or with fewer at once.");

    private static AppendResult.NotAccepted NotSentInTime(TimeSpan timeout, CancellationToken cancellation) => new(
        NotAcceptedReason.Withdrawn,
        $"The append was not sent {Since(timeout, cancellation)}, and was withdrawn. Trying again may work.");

    private static string Since(TimeSpan timeout, CancellationToken cancellation) => cancellation.IsCancellationRequested
        ? "before the caller gave up"
        : $"within {timeout.TotalMilliseconds:0} ms";

    private static AppendResult.NotAccepted Stopping() =>
        new(NotAcceptedReason.Stopping, "The silo is stopping. Try again on another one, or after its start.");
}
