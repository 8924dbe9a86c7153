using Orleans.Streams;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.EventLog.Streaming;

// Where a subscription's pushes arrive, on whatever thread, and says when the log must be read instead.
// Invariants: a push never waits here; what is dropped, missing or in error makes the log be read.
internal sealed class PushInbox(int pushesMax) : IAsyncBatchObserver<CommittedEvent>
{
    private readonly Lock _gate = new();
    private readonly PushedEvents _pushed = new(pushesMax);
    private TaskCompletionSource _next = NewSource();
    private bool _mustRead = true;

    // Completes with the next push, or whatever else is worth a look.
    public Task Next
    {
        get
        {
            lock (_gate)
                return _next.Task;
        }
    }

    // The events that follow, none when nothing came; null when the log must be read, which is asked for once.
    public IReadOnlyList<CommittedEvent>? TakeAfter(long position, int countMax)
    {
        lock (_gate)
        {
            if (!_mustRead)
            {
                var (events, hole) = _pushed.TakeAfter(position, countMax);
                if (!hole)
                    return events;
            }
            _mustRead = false;
            return null;
        }
    }

    // Makes the log be read.
    public void Nudge() => Wake(mustRead: true);

    public Task OnNextAsync(IList<SequentialItem<CommittedEvent>> items)
    {
        bool isKept;
        lock (_gate)
            isKept = _pushed.Offer([.. items.Select(item => item.Item)]);
        Wake(mustRead: !isKept);
        return Task.CompletedTask;
    }

    // A push that could not be delivered is one that was lost.
    public Task OnErrorAsync(Exception ex)
    {
        Nudge();
        return Task.CompletedTask;
    }

    private void Wake(bool mustRead)
    {
        TaskCompletionSource woken;
        lock (_gate)
        {
            _mustRead |= mustRead;
            woken = _next;
            _next = NewSource();
        }
        woken.TrySetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
