namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// The partitions that this silo committed to and has not told the other silos of yet. However many commits come between two
/// tellings, there is nothing more to say than the partitions' names.
/// </summary>
internal sealed class PostgresCommits
{
    private readonly Lock _gate = new();
    private readonly HashSet<int> _untold = [];
    private TaskCompletionSource _some = NewSource();

    /// <summary>Notes partitions that were committed to.</summary>
    public void Announce(IEnumerable<int> partitions)
    {
        lock (_gate)
        {
            _untold.UnionWith(partitions);
            if (_untold.Count > 0)
                _some.TrySetResult();
        }
    }

    /// <summary>Waits until there is something to tell, and takes it.</summary>
    public async Task<int[]> Take(CancellationToken cancellation)
    {
        while (true)
        {
            Task some;
            lock (_gate)
            {
                if (_untold.Count > 0)
                {
                    int[] taken = [.. _untold];
                    _untold.Clear();
                    _some = NewSource();
                    return taken;
                }
                some = _some.Task;
            }
            await some.WaitAsync(cancellation);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
