namespace OrleansEs.EventLog;

/// <summary>
/// An append that waits or is on its way. Exactly one side wins: the loop that sends it, or the caller who withdraws it.
/// </summary>
internal sealed class PendingAppend(AppendRequest request)
{
    private const int Waiting = 0;
    private const int Sent = 1;
    private const int Withdrawn = 2;

    // Continuations must not run on the appender's loop: it has the next batch to send.
    private readonly TaskCompletionSource<AppendResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state = Waiting;

    public AppendRequest Request { get; } = request;

    /// <summary>The answer; it never faults.</summary>
    public Task<AppendResult> Result => _result.Task;

    public bool TrySend() => Interlocked.CompareExchange(ref _state, Sent, Waiting) == Waiting;

    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) == Waiting;

    public void Answer(AppendResult result) => _result.TrySetResult(result);
}
