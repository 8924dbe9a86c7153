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

    private const string CallerGaveUp = "before the caller gave up";

    private readonly int _partitions;
    private readonly AppendLimits _limits;
    private readonly EventLogMeter _meter;
    private readonly TimeProvider _time;
    private readonly AppendsUnderWay _underWay;
    private readonly AppendLane[] _lanes;
    private int _stopping;

    public GroupCommitAppender(
        IEventLogStore store, CommitSignal committed, AppendLimits limits, EventLogMeter meter, TimeProvider time)
    {
        (_partitions, _limits, _meter, _time) = (store.Identity.Partitions, limits, meter, time);
        _underWay = new AppendsUnderWay(meter, time);
        var room = new WaitingRoom(limits.QueueCapacity);
        _lanes = [.. Enumerable.Range(0, limits.Lanes).Select(_ => new AppendLane(store, committed, limits, meter, _underWay, room))];
        _meter.ObserveQueue(() => room.Taken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The request itself is wrong: no events, too many, or one too large.</exception>
    public Task<AppendResult> Append(AppendRequest request, TimeSpan timeout, CancellationToken cancellation)
    {
        Check(request);
        if (cancellation.IsCancellationRequested || timeout <= TimeSpan.Zero)
            return Task.FromResult<AppendResult>(
                NotBegun(cancellation.IsCancellationRequested ? CallerGaveUp : AppendsUnderWay.Within(timeout)));
        var pending = _underWay.Begin(request, timeout);
        if (!LaneOf(request.Journal).TryQueue(pending))
            _underWay.Answer(pending, Refusal());
        return cancellation.CanBeCanceled ? Await(pending, cancellation) : pending.Result;
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

    private AppendResult.NotAccepted NotBegun(string when)
    {
        var result = AppendsUnderWay.NotSent(when);
        _meter.Answered(result, TimeSpan.Zero);
        return result;
    }

    private async Task<AppendResult> Await(PendingAppend pending, CancellationToken cancellation)
    {
        await using var gaveUp = cancellation.UnsafeRegister(_ => _underWay.GiveUp(pending, CallerGaveUp), null).ConfigureAwait(false);
        return await pending.Result.ConfigureAwait(false);
    }

    private AppendLane LaneOf(JournalId journal) =>
        _lanes.Length == 1 ? _lanes[0] : _lanes[journal.PartitionOf(_partitions) % _lanes.Length];

    private AppendResult.NotAccepted Refusal() => _stopping == 1
        ? Stopping()
        : new AppendResult.NotAccepted(
            NotAcceptedReason.QueueFull,
            $"{_limits.QueueCapacity} appends wait already. Try again later, or with fewer at once.");

    private static AppendResult.NotAccepted Stopping() =>
        new(NotAcceptedReason.Stopping, "The silo is stopping. Try again on another one, or after its start.");
}
