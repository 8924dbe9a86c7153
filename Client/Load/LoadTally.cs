using OrleansEs.Ledger;

namespace OrleansEs.Client.Load;

/// <summary>Counts how commands ended. Safe to be used by many callers at once.</summary>
internal sealed class LoadTally
{
    private readonly long[] _counts = new long[Enum.GetValues<CommandStatus>().Length];

    /// <summary>The latencies of those that were acknowledged, retries included.</summary>
    public LatencyHistogram Latencies { get; } = new();

    /// <summary>How many ended like this.</summary>
    public long this[CommandStatus status] => Interlocked.Read(ref _counts[(int)status]);

    /// <summary>Counts one command.</summary>
    public void Count(CommandStatus status, TimeSpan latency)
    {
        Interlocked.Increment(ref _counts[(int)status]);
        if (status == CommandStatus.Done)
            Latencies.Add(latency);
    }
}
