namespace OrleansEs.EventLog.ReadModels;

// Those who are parked until a position is applied.
// Invariants: nobody is parked beyond the given time; whoever left is forgotten; one thread at a time; a bounded number
//   is parked, and further ones are sent away at once, as if their time were up.
internal sealed class PositionWaiters(TimeProvider time)
{
    private const int WaitingMax = 10_000;

    private readonly LinkedList<Waiter> _waiting = [];

    public async Task Wait(long position, TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero || _waiting.Count >= WaitingMax)
            return;
        using var ended = new CancellationTokenSource();
        var waiter = new Waiter(position);
        var place = _waiting.AddLast(waiter);
        await Task.WhenAny(waiter.Reached.Task, Task.Delay(timeout, time, ended.Token));
        if (place.List is not null)
            _waiting.Remove(place);
        await ended.CancelAsync();
    }

    public void Release(long applied)
    {
        for (var place = _waiting.First; place is not null;)
        {
            var next = place.Next;
            if (place.Value.Position <= applied)
            {
                _waiting.Remove(place);
                place.Value.Reached.SetResult();
            }
            place = next;
        }
    }

    private sealed record Waiter(long Position)
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
