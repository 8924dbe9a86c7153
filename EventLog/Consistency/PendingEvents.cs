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

    private readonly List<PendingGroup<TEvent>> _groups = [];
    private Exception? _unheard;

    /// <summary>How many events wait.</summary>
    public int Count { get; private set; }

    public bool IsEmpty => _groups.Count == 0;

    public Deadline OldestDeadline => _groups[0].Deadline;

    public IEnumerable<TEvent> Events => _groups.SelectMany(group => group.Events);

    public IReadOnlyList<PendingGroup<TEvent>> Groups => [.. _groups];

    public void Add(PendingGroup<TEvent> group)
    {
        _groups.Add(group);
        Count += group.Events.Count;
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
        var any = false;
        foreach (var group in Groups)
        {
            if (group.ExpectedVersion is { } expected && expected != version)
            {
                Remove(group);
                group.Refuse();
                any = true;
            }
            else
            {
                version += group.Events.Count;
            }
        }
        return any;
    }

    public void Confirm(IEnumerable<PendingGroup<TEvent>> groups)
    {
        foreach (var group in groups)
        {
            Remove(group);
            group.Confirm();
        }
    }

    /// <summary>Drops groups. Who waits for one gets the exception; if nobody does, the next who confirms gets it.</summary>
    public void Fail(IEnumerable<PendingGroup<TEvent>> groups, Exception exception)
    {
        foreach (var group in groups)
        {
            Remove(group);
            if (!group.IsAwaited)
                _unheard = exception;
            group.Fail(exception);
        }
    }

    /// <summary>Drops all groups that the oldest one's deadline has passed for; that one in any case.</summary>
    public void FailExpired(Exception exception) =>
        Fail([.. _groups.Where((group, index) => index == 0 || group.Deadline.HasPassed)], exception);

    /// <summary>Drops everything, as a clear does: nobody is told that it failed.</summary>
    public void Discard()
    {
        foreach (var group in Groups)
        {
            Remove(group);
            group.Refuse();
        }
    }

    /// <summary>Throws, once, what befell events that nobody waited for.</summary>
    public void ThrowUnheard()
    {
        if (_unheard is not { } unheard)
            return;
        _unheard = null;
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(unheard);
    }

    private void Remove(PendingGroup<TEvent> group)
    {
        if (_groups.Remove(group))
            Count -= group.Events.Count;
    }
}
