namespace OrleansEs.Grains.Transfers;

/// <summary>When transfers that nobody drives go on by themselves.</summary>
public sealed class TransferRecoveryOptions
{
    /// <summary>
    /// How often it is looked for them. Default 1 s: a crash is noticed by callers, and a look costs one index seek.
    /// </summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a transfer must have stood still. Default 5 s: whoever created it drives it for that long in most cases.
    /// </summary>
    public TimeSpan IdleMin { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause between two tries for one transfer; it doubles up to this. Default 5 min.</summary>
    public TimeSpan PauseMax { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How many are driven at once for each partition. Default 8: recovery must not crowd out new commands.</summary>
    public int ParallelMax { get; set; } = 8;
}
