namespace OrleansEs.Faults.Harness;

/// <summary>Where the proxy cuts an append batch.</summary>
internal enum CutPoint
{
    /// <summary>Before PostgreSQL got any of it: certainly not committed.</summary>
    BeforeForwarding,

    /// <summary>After PostgreSQL has committed and said so, and before the silo hears it: the ambiguous commit.</summary>
    AfterCommit,
}

/// <summary>Which append batches are cut: each with the same probability, from a seed, until there were enough cuts.</summary>
internal sealed class CutPlan(CutPoint point, int seed, double probability, int cutsMax = int.MaxValue)
{
    private readonly Random _random = new(seed);
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _cuts;
    private int _batches;

    /// <summary>How many batches were cut.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>How many batches came by.</summary>
    public int Batches => Volatile.Read(ref _batches);

    /// <summary>Ends when all cuts were made.</summary>
    public Task Done => _done.Task;

    /// <summary>Whether a batch at this point is to be cut; counts it.</summary>
    public bool ShouldCut(CutPoint at)
    {
        if (at != point)
            return false;
        lock (_lock)
        {
            _batches++;
            if (_cuts >= cutsMax || _random.NextDouble() >= probability)
                return false;
            if (++_cuts == cutsMax)
                _done.TrySetResult();
            return true;
        }
    }
}
