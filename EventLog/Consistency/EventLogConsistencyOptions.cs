namespace OrleansEs.EventLog.Consistency;

/// <summary>Settings of a log-consistency provider.</summary>
public sealed class EventLogConsistencyOptions
{
    /// <summary>
    /// How long a load, a confirmation or a clear may take before it fails with a typed error. Default 10 s: less than the
    /// 30 s after which Orleans gives up a call, so that the caller sees the reason and not a timeout.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A snapshot is taken after so many events; 0 means never. Default 100: reading 100 events costs about as much as
    /// reading one snapshot.
    /// </summary>
    public int SnapshotEvery { get; set; } = 100;

    /// <summary>How many events one read of a journal asks for. Default 1,000: a page of some hundred kilobytes.</summary>
    public int PageSize { get; set; } = 1_000;

    /// <summary>
    /// How often an aggregate decides a command again because others appended first, before it is refused with
    /// <see cref="OutcomeCodes.TooMuchContention"/>. Default 10: only a split cluster ever needs one.
    /// </summary>
    public int ContentionRetriesMax { get; set; } = 10;

    /// <summary>The first wait after a failure; it doubles with each further one. Default 20 ms.</summary>
    public TimeSpan RetryDelayMin { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest wait between two tries. Default 1 s.</summary>
    public TimeSpan RetryDelayMax { get; set; } = TimeSpan.FromSeconds(1);
}
