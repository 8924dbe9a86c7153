using OrleansEs.EventLog.Codec;

namespace OrleansEs.EventLog.Hosting;

/// <summary>
/// Ties the log to the silo's life: open before anything else starts (a log that cannot be opened stops the start), and
/// drained after the last grain was deactivated, since grains flush their events then.
/// </summary>
internal sealed class EventLogLifetime : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly GroupCommitAppender _appender;
    private readonly BulkAppender _bulks;

    // Both are asked for here so that a file or a registry that is refused is refused while the silo is being made.
    public EventLogLifetime(GroupCommitAppender appender, BulkAppender bulks, EventTypeRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        (_appender, _bulks) = (appender, bulks);
    }

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(EventLogLifetime),
        ServiceLifecycleStage.First,
        onStart: static _ => Task.CompletedTask,
        onStop: _ => Task.WhenAll(_appender.DisposeAsync().AsTask(), _bulks.DisposeAsync().AsTask()));
}
