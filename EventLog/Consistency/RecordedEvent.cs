namespace OrleansEs.EventLog.Consistency;

/// <summary>An event of a journal, decoded, with everything the log knows of it.</summary>
/// <typeparam name="TEvent">The base type of the aggregate's events.</typeparam>
/// <param name="Record">The row of the log: version, place, time, command, metadata.</param>
/// <param name="Event">The event; null for the mark that the journal was cleared here.</param>
public sealed record RecordedEvent<TEvent>(CommittedEvent Record, TEvent? Event)
    where TEvent : class;
