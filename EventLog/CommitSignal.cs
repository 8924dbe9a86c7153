namespace OrleansEs.EventLog;

/// <summary>
/// Wakes those who follow a partition when something was committed to it on this silo.
/// Invariant: whoever takes <see cref="Next"/> before it reads the log misses nothing, since a commit after that read
/// completes the task it holds.
/// </summary>
public sealed class CommitSignal
{
    private readonly TaskCompletionSource[] _next;

    /// <summary>Makes a signal for a log with so many partitions.</summary>
    public CommitSignal(int partitions)
    {
        _next = new TaskCompletionSource[partitions];
        for (var partition = 0; partition < partitions; partition++)
            _next[partition] = NewSource();
    }

    /// <summary>Completes at the next commit to the partition.</summary>
    public Task Next(int partition) => Volatile.Read(ref _next[partition]).Task;

    /// <summary>Says that something was committed to the partition.</summary>
    public void Committed(int partition) => Interlocked.Exchange(ref _next[partition], NewSource()).SetResult();

    // Continuations must not run on the appender's thread: it has the next batch to write.
    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
