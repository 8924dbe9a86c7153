namespace OrleansEs.EventLog;

/// <summary>
/// Sends bulks to the store, one after the other: each holds the locks of nearly all partitions, so two at once would only
/// keep single commands waiting longer.
/// </summary>
/// <remarks>
/// Invariants: whoever follows a touched partition is woken after the commit, also when nobody waits for the answer any more;
/// the next bulk is sent only when the store has answered the one before; what was not sent is certainly not in the log.
/// </remarks>
internal sealed class BulkAppender(
    IEventLogStore store, CommitSignal committed, AppendLimits limits, EventLogMeter meter, TimeProvider time)
    : IEventLogBulkAppender, IAsyncDisposable
{
    // At the deadline the store is told to give up. What it says then is certain and worth a moment.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _stopping;

    /// <inheritdoc/>
    public async Task<BulkAppendResult> Append(
        IReadOnlyList<AppendRequest> requests, TimeSpan timeout, CancellationToken cancellation)
    {
        foreach (var request in requests)
            limits.CheckPayloads(request, nameof(requests));
        var started = time.GetTimestamp();
        var result = await InTurn(requests, timeout, cancellation);
        meter.BulkAnswered(result, requests.Count, time.GetElapsedTime(started));
        return result;
    }

    /// <summary>Takes no more bulks, and waits for the one on its way as long as the stop timeout allows.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopping, 1) == 1)
            return;
        // When the turn does not come the database does not answer: that bulk is told "unknown". Those who still wait get
        // their turn one after the other, only to learn of the stop.
        if (await _turn.WaitAsync(limits.StopTimeout, CancellationToken.None))
            _turn.Release();
    }

    private async Task<BulkAppendResult> InTurn(
        IReadOnlyList<AppendRequest> requests, TimeSpan timeout, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        using (var givesUp = GivesUp(timeout, cancellation))
        {
            try
            {
                await _turn.WaitAsync(givesUp.Token);
            }
            catch (OperationCanceledException)
            {
                return new BulkAppendResult.NotAccepted(
                    NotAcceptedReason.Withdrawn, "Other bulks were being written until the deadline. Trying again may work.");
            }
        }
        var left = timeout - time.GetElapsedTime(started);
        try
        {
            return await Send(requests, left, cancellation).WaitAsync(left + s_patience, time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            return new BulkAppendResult.Unknown("The bulk was sent, and its answer did not come in time.");
        }
    }

    // It ends by itself, whoever waits, and gives its turn to the next one.
    private async Task<BulkAppendResult> Send(
        IReadOnlyList<AppendRequest> requests, TimeSpan left, CancellationToken cancellation)
    {
        try
        {
            if (_stopping == 1)
                return Stopping();
            using var givesUp = GivesUp(left, cancellation);
            // Not on the scheduler of the grain that asked: it may be gone before the answer comes.
            var result = await AskStore(requests, givesUp.Token).ConfigureAwait(false);
            // What is unknown may be there: whoever looks and finds nothing has lost little.
            if (result is BulkAppendResult.Appended or BulkAppendResult.Unknown)
            {
                foreach (var partition in requests.Select(one => one.Journal.PartitionOf(store.Identity.Partitions)).Distinct())
                    committed.Committed(partition);
            }
            return result;
        }
        finally
        {
            _turn.Release();
        }
    }

    // Whatever the store threw, the bulk was sent, and its caller must be told just that; but for a bulk that is wrong itself.
    private async Task<BulkAppendResult> AskStore(IReadOnlyList<AppendRequest> requests, CancellationToken cancellation)
    {
        try
        {
            return await store.AppendBulk(requests, cancellation).ConfigureAwait(false);
        }
        catch (Exception thrown) when (thrown is not ArgumentException)
        {
            return new BulkAppendResult.Unknown($"The store failed without saying whether it wrote: {thrown.Message}");
        }
    }

    // One source for both reasons to give up.
    private GaveUp GivesUp(TimeSpan left, CancellationToken cancellation) =>
        new(new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time), cancellation);

    private static BulkAppendResult.NotAccepted Stopping() =>
        new(NotAcceptedReason.Stopping, "The silo is stopping. Try again on another one, or after its start.");

    private sealed class GaveUp(CancellationTokenSource deadline, CancellationToken cancellation) : IDisposable
    {
        private readonly CancellationTokenSource _either =
            CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);

        public CancellationToken Token => _either.Token;

        public void Dispose()
        {
            _either.Dispose();
            deadline.Dispose();
        }
    }
}
