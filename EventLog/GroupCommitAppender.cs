using System.Threading.Channels;

namespace OrleansEs.EventLog;

/// <summary>
/// Turns concurrent appends into few transactions: one loop takes whatever waits, sends it as one batch, and answers each
/// append for itself. It never lingers: while a batch is on its way the next one gathers by itself.
/// </summary>
/// <remarks>
/// Invariants: an append is answered "appended" only after its transaction is durable; one append's conflict never fails
/// its neighbours; a caller that stops waiting does not stop the batch; nobody waits longer than the timeout; what was not
/// sent is certainly not in the log, and what was sent without an answer is never called failed.
/// </remarks>
internal sealed class GroupCommitAppender : IEventLogAppender, IAsyncDisposable
{
    // A batch is written in far less than a statement may take, whatever its events hold.
    private const long BatchBytesMax = 8L << 20;

    // One append is one statement, so it cannot be spread over several batches.
    private const long AppendBytesMax = 32L << 20;

    private readonly IEventLogStore _store;
    private readonly CommitSignal _committed;
    private readonly AppendLimits _limits;
    private readonly EventLogMeter _meter;
    private readonly TimeProvider _time;
    private readonly Channel<PendingAppend> _queue;
    private readonly Task _loop;
    private int _stopping;

    public GroupCommitAppender(
        IEventLogStore store, CommitSignal committed, AppendLimits limits, EventLogMeter meter, TimeProvider time)
    {
        (_store, _committed, _limits, _meter, _time) = (store, committed, limits, meter, time);
        _queue = Channel.CreateBounded<PendingAppend>(limits.QueueCapacity);
        _meter.ObserveQueue(() => _queue.Reader.Count);
        // Whoever resolves the appender first may be a grain: the loop must not stay on that grain's scheduler.
        _loop = Task.Factory.StartNew(
            SendBatches, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).Unwrap();
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
        _queue.Writer.TryComplete();
        try
        {
            await _loop.WaitAsync(_limits.StopTimeout, _time);
        }
        catch (TimeoutException)
        {
            // The database does not answer. What was sent is answered "unknown" at its own deadline.
            RefuseWaiting();
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
        if (BytesOf(request) > AppendBytesMax)
            throw new ArgumentException(
                $"An append holds at most {AppendBytesMax} bytes of payload; this one to {journal} has {BytesOf(request)}.",
                nameof(request));
        _limits.CheckPayloads(request, nameof(request));
    }

    private async Task<AppendResult> Queue(AppendRequest request, TimeSpan timeout, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested || timeout <= TimeSpan.Zero)
            return NotSentInTime(timeout, cancellation);
        var pending = new PendingAppend(request);
        if (!_queue.Writer.TryWrite(pending))
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

    private async Task SendBatches()
    {
        var batch = new List<PendingAppend>(_limits.BatchRequestsMax);
        while (await _queue.Reader.WaitToReadAsync())
        {
            Gather(batch);
            if (batch.Count > 0)
                await Send(batch);
            batch.Clear();
        }
    }

    private void Gather(List<PendingAppend> batch)
    {
        var bytes = 0L;
        while (batch.Count < _limits.BatchRequestsMax && bytes < BatchBytesMax && _queue.Reader.TryRead(out var pending))
        {
            if (!pending.TrySend())
                continue;
            batch.Add(pending);
            bytes += BytesOf(pending.Request);
        }
    }

    private static long BytesOf(AppendRequest request) => request.Events.Sum(proposed => (long)proposed.Payload.Length);

    private async Task Send(List<PendingAppend> batch)
    {
        _meter.Sent(batch.Count);
        var results = await AskStore(batch.ConvertAll(static pending => pending.Request));
        var committed = new List<(AppendRequest Request, AppendResult.Appended Result)>(batch.Count);
        for (var index = 0; index < batch.Count; index++)
        {
            if (results[index] is AppendResult.Appended appended)
                committed.Add((batch[index].Request, appended));
            batch[index].Answer(results[index]);
        }
        Signal(committed);
    }

    private void Signal(List<(AppendRequest Request, AppendResult.Appended Result)> committed)
    {
        committed.Sort(static (one, other) => (one.Result.Last.Partition, one.Result.Last.Position)
            .CompareTo((other.Result.Last.Partition, other.Result.Last.Position)));
        for (var (begin, end) = (0, 1); begin < committed.Count; begin = end++)
        {
            var partition = committed[begin].Result.Last.Partition;
            while (end < committed.Count && committed[end].Result.Last.Partition == partition)
                end++;
            var events = new List<CommittedEvent>(end - begin);
            foreach (var (request, result) in committed[begin..end])
            {
                var before = result.Last.Position - request.Events.Count;
                for (var index = 0; index < request.Events.Count; index++)
                    events.Add(request.Committed(index, new LogPosition(partition, before + index + 1), result.RecordedAt));
            }
            _committed.Committed(partition, events);
        }
    }

    // The loop's edge: whatever the store threw, the batch was sent, and its callers must be told just that.
    private async Task<IReadOnlyList<AppendResult>> AskStore(List<AppendRequest> requests)
    {
        string lost;
        try
        {
            // Never a caller's token here: one caller's cancellation must not cancel its neighbours.
            var results = await _store.AppendBatch(requests, CancellationToken.None);
            if (results.Count == requests.Count)
                return results;
            lost = $"The store gave {results.Count} answers to {requests.Count} appends.";
        }
        catch (Exception thrown)
        {
            lost = $"The store failed without saying whether it wrote: {thrown.Message}";
        }
        return [.. requests.Select(_ => new AppendResult.Unknown(lost))];
    }

    private void RefuseWaiting()
    {
        while (_queue.Reader.TryRead(out var pending))
        {
            if (pending.TrySend())
                pending.Answer(Stopping());
        }
    }
}
