namespace OrleansEs.EventLog.ReadModels;

// What operators ask of a part. It is done in the part's loop, one after the other, since that alone changes what is parked.
// Invariants: everybody gets an answer; a bounded number waits.
internal sealed class PartRequests(string part)
{
    private const int WaitingMax = 100;

    private readonly Queue<Func<Exception?, CancellationToken, Task>> _waiting = [];
    private bool _isClosed;

    public Task<T> Ask<T>(Func<CancellationToken, Task<T>> work)
    {
        if (_isClosed)
            throw Moving();
        if (_waiting.Count >= WaitingMax)
            throw new EventLogUnavailableException($"{WaitingMax} requests to {part} wait already.");
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue(async (refusal, cancellation) =>
        {
            try
            {
                if (refusal is not null)
                    throw refusal;
                answer.SetResult(await work(cancellation));
            }
            // Whoever asked is told; what it means for the part, its next step finds out.
            catch (Exception failure)
            {
                answer.SetException(cancellation.IsCancellationRequested ? Moving() : failure);
            }
        });
        return answer.Task;
    }

    public async Task DoAll(CancellationToken cancellation)
    {
        while (_waiting.TryDequeue(out var request))
            await request(null, cancellation);
    }

    public async Task RefuseAll(Exception refusal)
    {
        while (_waiting.TryDequeue(out var request))
            await request(refusal, CancellationToken.None);
    }

    // The loop has ended: nobody would do anything any more.
    public Task Close()
    {
        _isClosed = true;
        return RefuseAll(Moving());
    }

    private EventLogUnavailableException Moving() => new($"{part} does not follow here any more. Try again.");
}
