namespace OrleansEs.EventLog.ReadModels;

/// <summary>How read models follow the log.</summary>
public sealed class ReadModelOptions
{
    /// <summary>
    /// How long a read model waits for a push before it looks into the log all the same. Default 1 s: a lost push is rare, and
    /// whoever waits for a read token makes it look at once.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>At most so many events in one transaction, 1 to 10,000. Default 500: catching up is fast, others get their turn.</summary>
    public int PageSizeMax { get; set; } = 500;

    /// <summary>
    /// At most so many events in one transaction while far behind, from <see cref="PageSizeMax"/> to 100,000. Default 2,000: a
    /// row that many of them change is written once.
    /// </summary>
    public int CatchUpPageSizeMax { get; set; } = 2_000;

    /// <summary>
    /// How long the build that was live before a rebuild follows on, so that a rollback costs nothing. Default 1 day.
    /// </summary>
    public TimeSpan RollbackKept { get; set; } = TimeSpan.FromDays(1);

    /// <summary>At most so many pushes wait to be applied, 1 to 1,000; further ones are dropped. Default 64.</summary>
    public int PushesMax { get; set; } = 64;

    /// <summary>How long to wait after a failure; doubled with each further one. Default 100 ms.</summary>
    public TimeSpan RetryDelayMin { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait after a failure. Default 5 s: a repaired projection goes on that soon.</summary>
    public TimeSpan RetryDelayMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// At most so many journals of one partition are parked since an event of theirs cannot be applied, 1 to 10,000; then the part
    /// stands. Default 100: a bug that hits everything must not park everything.
    /// </summary>
    public int ParkedMax { get; set; } = 100;

    /// <summary>How long until a parked journal is tried again; doubled with each further attempt. Default 1 s.</summary>
    public TimeSpan ParkedRetryDelayMin { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest time between two attempts. Default 5 minutes: a repaired program heals what it finds within that.</summary>
    public TimeSpan ParkedRetryDelayMax { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// After so many attempts a parked journal waits for a person, 1 to 1,000. Default 20, about an hour: longer than a rolling
    /// upgrade during which old programs meet new events.
    /// </summary>
    public int ParkedAttemptsMax { get; set; } = 20;

    /// <summary>How often each silo makes sure that all read models live. Default 10 s.</summary>
    public TimeSpan TouchInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How often the rows of one journal, chosen at random, are compared with what its events make; zero for never. Default 1 minute
    /// for each read model: it takes milliseconds, and a thousand journals a day.
    /// </summary>
    public TimeSpan SampleInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Refuses settings that cannot work.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    internal void Validate()
    {
        var instant = TimeSpan.FromMilliseconds(1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PollInterval, instant, nameof(PollInterval));
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryDelayMin, instant, nameof(RetryDelayMin));
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryDelayMax, RetryDelayMin, nameof(RetryDelayMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(TouchInterval, instant, nameof(TouchInterval));
        ArgumentOutOfRangeException.ThrowIfLessThan(PageSizeMax, 1, nameof(PageSizeMax));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PageSizeMax, 10_000, nameof(PageSizeMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(CatchUpPageSizeMax, PageSizeMax, nameof(CatchUpPageSizeMax));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CatchUpPageSizeMax, 100_000, nameof(CatchUpPageSizeMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(RollbackKept, TimeSpan.Zero, nameof(RollbackKept));
        ArgumentOutOfRangeException.ThrowIfLessThan(ParkedMax, 1, nameof(ParkedMax));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ParkedMax, 10_000, nameof(ParkedMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(ParkedRetryDelayMin, instant, nameof(ParkedRetryDelayMin));
        ArgumentOutOfRangeException.ThrowIfLessThan(ParkedRetryDelayMax, ParkedRetryDelayMin, nameof(ParkedRetryDelayMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(ParkedAttemptsMax, 1, nameof(ParkedAttemptsMax));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ParkedAttemptsMax, 1_000, nameof(ParkedAttemptsMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(SampleInterval, TimeSpan.Zero, nameof(SampleInterval));
        ArgumentOutOfRangeException.ThrowIfLessThan(PushesMax, 1, nameof(PushesMax));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PushesMax, 1_000, nameof(PushesMax));
    }
}
