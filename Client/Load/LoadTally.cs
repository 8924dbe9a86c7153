using OrleansEs.Ledger;

namespace OrleansEs.Client.Load;

/// <summary>Counts how commands ended. Safe to be used by many callers at once.</summary>
internal sealed class LoadTally
{
    private readonly long[] _counts = new long[Enum.GetValues<CommandStatus>().Length];
    private long _shed;
    private long _notBegun;

    /// <summary>The latencies of those that were acknowledged, retries included.</summary>
    public LatencyHistogram Latencies { get; } = new();

    /// <summary>How soon those that were refused for overload were told so.</summary>
    public LatencyHistogram ShedLatencies { get; } = new();

    /// <summary>How many were refused for overload and not sent again.</summary>
    public long Shed => Interlocked.Read(ref _shed);

    /// <summary>How many were due and could not be begun, since too many were under way.</summary>
    public long NotBegun => Interlocked.Read(ref _notBegun);

    /// <summary>How many ended like this.</summary>
    public long this[CommandStatus status] => Interlocked.Read(ref _counts[(int)status]);

    /// <summary>Counts one that was refused for overload.</summary>
    public void CountShed(TimeSpan latency)
    {
        Interlocked.Increment(ref _shed);
        ShedLatencies.Add(latency);
    }

    /// <summary>Counts one that could not be begun.</summary>
    public void CountNotBegun() => Interlocked.Increment(ref _notBegun);

    /// <summary>Counts one command.</summary>
    public void Count(CommandStatus status, TimeSpan latency)
    {
        Interlocked.Increment(ref _counts[(int)status]);
        if (status == CommandStatus.Done)
            Latencies.Add(latency);
    }
}
