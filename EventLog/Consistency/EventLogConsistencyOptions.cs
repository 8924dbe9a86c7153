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

    /// <summary>
    /// How many commands may wait for one aggregate; one more is refused at once. Default 256: an aggregate decides some
    /// hundred commands a second, so whoever stood further back would wait for a second and more.
    /// </summary>
    public int CommandsWaitingMax { get; set; } = 256;

    /// <summary>The first wait after a failure; it doubles with each further one. Default 20 ms.</summary>
    public TimeSpan RetryDelayMin { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest wait between two tries. Default 1 s.</summary>
    public TimeSpan RetryDelayMax { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Why these settings cannot be used, naming setting, value and range; null when they can.</summary>
    internal string? Refusal() =>
        Timeout <= TimeSpan.Zero ? $"Timeout is {Timeout}; it must be more than zero."
        : SnapshotEvery < 0 ? $"SnapshotEvery is {SnapshotEvery}; it must be at least 0."
        : PageSize is < 1 or > 100_000 ? $"PageSize is {PageSize}; it must be 1 to 100,000."
        : ContentionRetriesMax < 0 ? $"ContentionRetriesMax is {ContentionRetriesMax}; it must be at least 0."
        : CommandsWaitingMax < 1 ? $"CommandsWaitingMax is {CommandsWaitingMax}; it must be at least 1."
        : RetryDelayMin < TimeSpan.FromMilliseconds(1) ? $"RetryDelayMin is {RetryDelayMin}; it must be at least 1 ms."
        : RetryDelayMax < RetryDelayMin ? $"RetryDelayMax is {RetryDelayMax}; it must be at least RetryDelayMin."
        : null;
}
