using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace OrleansEs.EventLog;

/// <summary>
/// A loop that takes whatever appends wait for it, sends them as one batch, and answers each for itself. It never lingers: while
/// a batch is on its way the next one gathers by itself.
/// </summary>
/// <remarks>
/// Invariants: one batch of a lane is under way at a time; appends are sent in the order in which they were queued; each one that
/// was queued is sent, withdrawn or refused, and gives its place in the waiting room back.
/// </remarks>
internal sealed class AppendLane
{
    // A batch is written in far less than a statement may take, whatever its events hold.
    private const long BatchBytesMax = 8L << 20;

    // The waiting room bounds it.
    private readonly Channel<PendingAppend> _queue = Channel.CreateUnbounded<PendingAppend>();
    private readonly IEventLogStore _store;
    private readonly CommitSignal _committed;
    private readonly AppendLimits _limits;
    private readonly EventLogMeter _meter;
    private readonly AppendsUnderWay _underWay;
    private readonly WaitingRoom _room;

    public AppendLane(
        IEventLogStore store, CommitSignal committed, AppendLimits limits, EventLogMeter meter, AppendsUnderWay underWay, WaitingRoom room)
    {
        (_store, _committed, _limits, _meter, _underWay, _room) = (store, committed, limits, meter, underWay, room);
        // Whoever resolves the appender first may be a grain: the loop must not stay on that grain's scheduler.
        Ended = Task.Factory.StartNew(
            SendBatches, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).Unwrap();
    }

    /// <summary>Ends when it was stopped and everything that was queued before is answered.</summary>
    public Task Ended { get; }

    /// <summary>How many bytes of payload a request carries.</summary>
    public static long BytesOf(AppendRequest request)
    {
        var bytes = 0L;
        for (var index = 0; index < request.Events.Count; index++)
            bytes += request.Events[index].Payload.Length;
        return bytes;
    }

    /// <summary>Lets an append wait for the next batch; false when there is no room for it, or no batch will come any more.</summary>
    public bool TryQueue(PendingAppend pending)
    {
        if (!_room.TryEnter())
            return false;
        if (_queue.Writer.TryWrite(pending))
            return true;
        _room.Leave();
        return false;
    }

    /// <summary>Takes no more; what was queued is still sent.</summary>
    public void Stop() => _queue.Writer.TryComplete();

    /// <summary>Answers what waits, and sends none of it.</summary>
    public void RefuseWaiting(AppendResult refusal)
    {
        while (TryTake(out var pending))
        {
            if (pending.TrySend())
                _underWay.Answer(pending, refusal);
        }
    }

    private bool TryTake([NotNullWhen(true)] out PendingAppend? pending)
    {
        if (!_queue.Reader.TryRead(out pending))
            return false;
        _room.Leave();
        return true;
    }

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
        while (batch.Count < _limits.BatchRequestsMax && bytes < BatchBytesMax && TryTake(out var pending))
        {
            if (!pending.TrySend())
                continue;
            batch.Add(pending);
            bytes += BytesOf(pending.Request);
        }
    }

    private async Task Send(List<PendingAppend> batch)
    {
        _meter.Sent(batch.Count);
        var results = await AskStore(batch.ConvertAll(static pending => pending.Request));
        var committed = new List<(AppendRequest Request, AppendResult.Appended Result)>(batch.Count);
        for (var index = 0; index < batch.Count; index++)
        {
            if (results[index] is AppendResult.Appended appended)
                committed.Add((batch[index].Request, appended));
            _underWay.Answer(batch[index], results[index]);
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
}
