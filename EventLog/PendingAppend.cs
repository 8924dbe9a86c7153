namespace OrleansEs.EventLog;

/// <summary>
/// An append that waits or is on its way. Exactly one side wins: the loop that sends it, or whoever withdraws it.
/// </summary>
internal sealed class PendingAppend
{
    private const int Waiting = 0;
    private const int Sent = 1;
    private const int Withdrawn = 2;

    // Continuations must not run on the appender's loop: it has the next batch to send.
    private readonly TaskCompletionSource<AppendResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state = Waiting;

    /// <param name="request">What is to be appended.</param>
    /// <param name="begunAt">The timestamp of its beginning.</param>
    /// <param name="dueAt">The timestamp from which on nobody waits for it.</param>
    public PendingAppend(AppendRequest request, long begunAt, long dueAt)
    {
        (Request, BegunAt, DueAt) = (request, begunAt, dueAt);
        Place = new LinkedListNode<PendingAppend>(this);
    }

    public AppendRequest Request { get; }

    public long BegunAt { get; }

    public long DueAt { get; }

    /// <summary>Its place among those under way.</summary>
    public LinkedListNode<PendingAppend> Place { get; }

    /// <summary>The answer; it never faults.</summary>
    public Task<AppendResult> Result => _result.Task;

    public bool TrySend() => Interlocked.CompareExchange(ref _state, Sent, Waiting) == Waiting;

    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) == Waiting;

    /// <summary>Answers it, unless that has been done.</summary>
    public bool TryAnswer(AppendResult result) => _result.TrySetResult(result);
}
