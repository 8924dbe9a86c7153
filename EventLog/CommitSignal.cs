namespace OrleansEs.EventLog;

/// <summary>
/// Wakes those who follow a partition when something was committed to it, and hands them what this silo itself committed, so
/// that it need not be read back from the database.
/// Invariants: whoever takes <see cref="Next"/> before it looks misses nothing, since a commit after that look completes the
/// task it holds; what is kept of a partition is one run of committed events without a hole, and a reader whose place is not
/// in it is told to read the log.
/// </summary>
public sealed class CommitSignal
{
    private readonly Partition[] _partitions;

    /// <summary>Makes a signal for a log with so many partitions.</summary>
    public CommitSignal(int partitions)
    {
        _partitions = new Partition[partitions];
        for (var partition = 0; partition < partitions; partition++)
            _partitions[partition] = new Partition();
    }

    /// <summary>Completes at the next commit to the partition.</summary>
    public Task Next(int partition) => _partitions[partition].Next;

    /// <summary>Says that something was committed to the partition, which only the log can tell.</summary>
    public void Committed(int partition) => _partitions[partition].Committed();

    /// <summary>Says what was committed to the partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="events">At least one; in the order of their positions, without a hole.</param>
    internal void Committed(int partition, IReadOnlyList<CommittedEvent> events) => _partitions[partition].Committed(events);

    /// <summary>How often something was committed to the partition that only the log can tell.</summary>
    internal long Untold(int partition) => _partitions[partition].Untold;

    /// <summary>The events that follow a place directly, at most so many; none when none was kept since. Null: read the log.</summary>
    internal IReadOnlyList<CommittedEvent>? After(LogPosition place, int countMax) =>
        _partitions[place.Partition].Recent.After(place.Position, countMax);

    private sealed class Partition
    {
        private TaskCompletionSource _next = NewSource();
        private long _untold;

        public RecentEvents Recent { get; } = new();

        public Task Next => Volatile.Read(ref _next).Task;

        public long Untold => Interlocked.Read(ref _untold);

        public void Committed()
        {
            Interlocked.Increment(ref _untold);
            Wake();
        }

        public void Committed(IReadOnlyList<CommittedEvent> events)
        {
            Recent.Add(events);
            Wake();
        }

        private void Wake() => Interlocked.Exchange(ref _next, NewSource()).SetResult();

        // Continuations must not run on the appender's thread: it has the next batch to write.
        private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
