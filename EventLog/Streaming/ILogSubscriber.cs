namespace OrleansEs.EventLog.Streaming;

/// <summary>Who gets the events of a <see cref="LogSubscription"/>, and keeps the checkpoint where it likes.</summary>
public interface ILogSubscriber
{
    /// <summary>The last place handled; position 0 before the first. Asked at the start and after every failure.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="cancellation">The subscription ends.</param>
    Task<LogPosition> ReadCheckpoint(int partition, CancellationToken cancellation);

    /// <summary>
    /// Handles events that follow the checkpoint in order and without a hole, and remembers the place of the last one. Who
    /// writes effects and checkpoint in one transaction handles each event once; who writes the checkpoint after the effects
    /// may see the last events again after a crash. An exception means "not handled": the events come again.
    /// </summary>
    /// <param name="events">At least one event.</param>
    /// <param name="cancellation">The subscription ends.</param>
    Task Handle(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation);
}
