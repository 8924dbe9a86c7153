namespace OrleansEs.EventLog.Streaming;

/// <summary>How the log is pushed.</summary>
public sealed class LogStreamOptions
{
    /// <summary>
    /// How long a receiver waits for the commit signal before it looks into the log all the same: what other silos commit is
    /// pushed that late. Default 200 ms: a person does not notice, and the database does not either.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long to leave the database alone after a failed read. Default 1 s.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>At most so many events in one push, 1 to 10,000. Default 256: a batch of the appender fits.</summary>
    public int PageSizeMax { get; set; } = 256;

    /// <summary>
    /// At most so many pushes of one partition are kept for consumers that lag, 1 to 100,000. Default 256. One that is
    /// slower loses the oldest.
    /// </summary>
    public int CacheSizeMax { get; set; } = 256;

    /// <summary>
    /// At most so many bytes of payload of one partition are kept for consumers that lag, at least 1. Default 8 MiB, so that
    /// large events do not fill the memory. The newest push is kept whatever its size.
    /// </summary>
    public long CacheBytesMax { get; set; } = 8 * 1024 * 1024;

    /// <summary>Refuses settings that cannot work.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(PollInterval, TimeSpan.FromMilliseconds(1), nameof(PollInterval));
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryDelay, TimeSpan.FromMilliseconds(1), nameof(RetryDelay));
        ArgumentOutOfRangeException.ThrowIfLessThan(PageSizeMax, 1, nameof(PageSizeMax));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PageSizeMax, 10_000, nameof(PageSizeMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(CacheSizeMax, 1, nameof(CacheSizeMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(CacheBytesMax, 1, nameof(CacheBytesMax));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CacheSizeMax, 100_000, nameof(CacheSizeMax));
    }
}
