namespace OrleansEs.EventLog.Consistency;

/// <summary>Events that were raised together, and are confirmed or dropped together.</summary>
/// <param name="events">The events, in order.</param>
/// <param name="expectedVersion">The version they must be appended at; null when any will do.</param>
/// <param name="metadata">What goes with each event.</param>
/// <param name="raisedAt">The timestamp of their raising.</param>
/// <param name="deadline">Until when they must be confirmed.</param>
internal sealed class PendingGroup<TEvent>(
    IReadOnlyList<TEvent> events, long? expectedVersion, EventMetadata metadata, long raisedAt, Deadline deadline)
    where TEvent : class
{
    private readonly TaskCompletionSource<bool> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<TEvent> Events => events;

    public long? ExpectedVersion => expectedVersion;

    public EventMetadata Metadata => metadata;

    public long RaisedAt => raisedAt;

    public Deadline Deadline => deadline;

    /// <summary>True when somebody waits: its failure then reaches that one, else the next who confirms.</summary>
    public bool IsAwaited { get; private set; }

    /// <summary>Waits for the end: true when confirmed, false when a condition failed.</summary>
    public Task<bool> Wait()
    {
        IsAwaited = true;
        return _completion.Task;
    }

    public void Confirm() => _completion.TrySetResult(true);

    public void Refuse() => _completion.TrySetResult(false);

    public void Fail(Exception exception)
    {
        if (IsAwaited)
            _completion.TrySetException(exception);
        else
            _completion.TrySetResult(false);
    }
}
