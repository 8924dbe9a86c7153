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
    private readonly TaskCompletionSource<bool> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<TEvent> Events => events;

    public long? ExpectedVersion => expectedVersion;

    public EventMetadata Metadata => metadata;

    public long RaisedAt => raisedAt;

    public Deadline Deadline => deadline;

    /// <summary>Which group of its activation it is; they count up.</summary>
    public long Number { get; init; }

    /// <summary>Who gets its failure; null when that is whoever waits for <see cref="End"/>.</summary>
    public Confirmation? Confirmation { get; init; }

    /// <summary>True when confirmed, false when its condition failed or it was dropped.</summary>
    public Task<bool> End => _end.Task;

    public void Confirm() => _end.TrySetResult(true);

    public void Refuse() => _end.TrySetResult(false);

    public void Fail(Exception exception)
    {
        if (Confirmation is null)
        {
            _end.TrySetException(exception);
            return;
        }
        Confirmation.Failure ??= exception;
        _end.TrySetResult(false);
    }
}

/// <summary>One call of <c>ConfirmEvents</c>, under way or to come, and the first failure among what it answers for.</summary>
internal sealed class Confirmation
{
    public Exception? Failure { get; set; }
}
