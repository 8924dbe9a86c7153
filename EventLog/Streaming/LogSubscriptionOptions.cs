namespace OrleansEs.EventLog.Streaming;

/// <summary>How a <see cref="LogSubscription"/> follows its partition.</summary>
public sealed class LogSubscriptionOptions
{
    /// <summary>
    /// The name of the stream provider that pushes; null to do without pushes and wait in calls of the pull API instead.
    /// Default <see cref="EventLogStreams.ProviderName"/>: many subscribers share one read of the log.
    /// </summary>
    public string? StreamProvider { get; init; } = EventLogStreams.ProviderName;

    /// <summary>
    /// How long to wait for a push before looking into the log all the same. Default 1 s: a lost push costs that much.
    /// </summary>
    public TimeSpan LookInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>At most so many events at once, 1 to 1,000. Default 256.</summary>
    public int PageSizeMax { get; init; } = 256;

    /// <summary>At most so many pushes wait to be handled, 1 to 1,000; further ones are dropped and read. Default 64.</summary>
    public int PushesMax { get; init; } = 64;

    /// <summary>How long to wait after a failure; doubled with each further one, up to 5 s. Default 100 ms.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// After so many failures in a row the subscription ends with the last one, at least 1. Default 30: about two minutes, in
    /// which a silo or a database is back.
    /// </summary>
    public int FailuresMax { get; init; } = 30;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Refuses settings that cannot work.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(LookInterval, TimeSpan.FromMilliseconds(1), nameof(LookInterval));
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryDelay, TimeSpan.FromMilliseconds(1), nameof(RetryDelay));
        ArgumentOutOfRangeException.ThrowIfLessThan(PageSizeMax, 1, nameof(PageSizeMax));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PageSizeMax, LogPage.EventsMax, nameof(PageSizeMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(PushesMax, 1, nameof(PushesMax));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PushesMax, 1_000, nameof(PushesMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(FailuresMax, 1, nameof(FailuresMax));
    }
}
