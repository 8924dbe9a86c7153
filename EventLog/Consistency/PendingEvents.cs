namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// The raised and not yet confirmed events of one activation, in order.
/// Invariant: each group ends exactly once: confirmed, refused by its condition, or failed.
/// </summary>
internal sealed class PendingEvents<TEvent>
    where TEvent : class
{
    // One append stays well below what the log takes at once; a larger group goes by itself.
    private const int EventsPerAppend = 500;

    // Whoever raised a conditional group gets its exception.
    private const ConfigureAwaitOptions Quietly =
        ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext;

    private readonly List<PendingGroup<TEvent>> _groups = [];
    private Confirmation _nextConfirmation = new();

    /// <summary>How many events wait.</summary>
    public int Count { get; private set; }

    /// <summary>The number of the group that was raised last; 0 before the first.</summary>
    public long LastNumber { get; private set; }

    public bool IsEmpty => _groups.Count == 0;

    public Deadline OldestDeadline => _groups[0].Deadline;

    public IEnumerable<TEvent> Events => _groups.SelectMany(group => group.Events);

    public IReadOnlyList<PendingGroup<TEvent>> Groups => [.. _groups];

    /// <param name="events">At least one.</param>
    /// <param name="expectedVersion">
    /// The version they must be appended at: somebody waits for just these. Null when any will do: whoever confirms next
    /// answers for them.
    /// </param>
    /// <param name="metadata">What goes with each event.</param>
    /// <param name="raisedAt">The timestamp of now.</param>
    /// <param name="deadline">Until when they must be confirmed.</param>
    public PendingGroup<TEvent> Add(
        IReadOnlyList<TEvent> events, long? expectedVersion, EventMetadata metadata, long raisedAt, Deadline deadline)
    {
        var group = new PendingGroup<TEvent>(events, expectedVersion, metadata, raisedAt, deadline)
        {
            Number = ++LastNumber,
            Confirmation = expectedVersion is null ? _nextConfirmation : null,
        };
        _groups.Add(group);
        Count += events.Count;
        return group;
    }

    /// <summary>
    /// Waits for the end of all that has been raised. Then throws what befell events that nobody else answers for: each
    /// failure reaches one caller only.
    /// </summary>
    public async Task WaitForAll()
    {
        var (mine, last) = (_nextConfirmation, LastNumber);
        _nextConfirmation = new Confirmation();
        while (!IsEmpty && _groups[0].Number <= last)
            await ((Task)_groups[0].End).ConfigureAwait(Quietly);
        if (mine.Failure is { } failure)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>The groups that go into the next append.</summary>
    /// <param name="groupsMax">At most so many.</param>
    public IReadOnlyList<PendingGroup<TEvent>> NextBatch(int groupsMax)
    {
        var (batch, events) = (new List<PendingGroup<TEvent>>(), 0);
        foreach (var group in _groups)
        {
            events += group.Events.Count;
            if (batch.Count > 0 && (events > EventsPerAppend || batch.Count == groupsMax))
                break;
            batch.Add(group);
        }
        return batch;
    }

    /// <summary>Refuses the groups whose condition cannot be met any more.</summary>
    /// <returns>True when there were any.</returns>
    public bool RefuseStale(long version)
    {
        var stale = new List<PendingGroup<TEvent>>();
        foreach (var group in _groups)
        {
            if (group.ExpectedVersion is { } expected && expected != version)
                stale.Add(group);
            else
                version += group.Events.Count;
        }
        End(stale, static group => group.Refuse());
        return stale.Count > 0;
    }

    public void Confirm(IReadOnlyList<PendingGroup<TEvent>> groups) => End(groups, static group => group.Confirm());

    /// <summary>Drops groups; whoever waits for one, or is the next who confirms, gets the exception.</summary>
    public void Fail(IReadOnlyList<PendingGroup<TEvent>> groups, Exception exception) =>
        End(groups, group => group.Fail(exception));

    /// <summary>Drops all groups that the oldest one's deadline has passed for; that one in any case.</summary>
    public void FailExpired(Exception exception) =>
        Fail([.. _groups.Where((group, index) => index == 0 || group.Deadline.HasPassed)], exception);

    /// <summary>Drops what a clear does away with, and tells nobody that it failed.</summary>
    /// <param name="lastNumber">The last group that was raised before the clear; later ones stay.</param>
    public void Discard(long lastNumber) =>
        End([.. _groups.Where(group => group.Number <= lastNumber)], static group => group.Refuse());

    private void End(IReadOnlyList<PendingGroup<TEvent>> groups, Action<PendingGroup<TEvent>> end)
    {
        _groups.RemoveAll(groups.ToHashSet().Contains);
        Count = _groups.Sum(static group => group.Events.Count);
        foreach (var group in groups)
            end(group);
    }
}
