namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// What an aggregate can do with its journal beyond Orleans' own adaptor: append under its command's id and metadata, and
/// learn exactly how that ended. Every call throws <see cref="EventLogUnavailableException"/> at the deadline.
/// </summary>
internal interface IAggregateJournal<TEvent>
    where TEvent : class
{
    JournalId Journal { get; }

    /// <summary>The version of the journal that the confirmed state includes.</summary>
    long JournalVersion { get; }

    /// <summary>The place of the last event that the confirmed state includes.</summary>
    LogPosition? LastPosition { get; }

    /// <summary>Loads, if that has not happened yet or must happen again.</summary>
    Task EnsureLoaded(Deadline deadline);

    /// <summary>Reads what others appended.</summary>
    /// <returns>True when there was something.</returns>
    Task<bool> CatchUp(Deadline deadline);

    /// <summary>Evolves a fork of the state and sends the events, once. Nothing else is appended until that was disposed of.</summary>
    ValueTask<ISentAppend> Send(CommandAppend<TEvent> append, Deadline deadline);

    /// <summary>The events of a command that is in the journal, else none.</summary>
    Task<IReadOnlyList<RecordedEvent<TEvent>>> FindCommand(Guid commandId, Deadline deadline);

    /// <summary>Reads decoded events in version order.</summary>
    Task<IReadOnlyList<RecordedEvent<TEvent>>> ReadHistory(long afterVersion, int countMax, Deadline deadline);

    TEvent? Decode(CommittedEvent committed);

    /// <summary>Has the grain deactivated: its state may not be the journal's.</summary>
    void Distrust(Exception reason);
}

/// <summary>
/// An append on its way. It comes in two steps, since a command resumes on its grain's scheduler after each method that awaits, and
/// this saves one of these.
/// </summary>
internal interface ISentAppend : IDisposable
{
    /// <summary>The answer, to be given to <see cref="End"/>.</summary>
    Task<AppendResult> Answer { get; }

    /// <summary>
    /// Takes note of the answer. When appended, the confirmed state includes the events from here on. After any other end the
    /// confirmed state is what it was.
    /// </summary>
    void End(AppendResult answer);
}

/// <param name="ExpectedVersion">The version of the state that the command was decided on.</param>
/// <param name="CommandId">The command.</param>
/// <param name="Events">What it decided.</param>
/// <param name="Metadata">What goes with every event.</param>
internal sealed record CommandAppend<TEvent>(
    long ExpectedVersion, Guid CommandId, IReadOnlyList<TEvent> Events, EventMetadata Metadata)
    where TEvent : class;

/// <summary>An aggregate, as the adaptor sees it: it hands itself over when it is made.</summary>
internal interface IAggregateHost<TEvent>
    where TEvent : class
{
    void Attach(IAggregateJournal<TEvent> journal, JournalContext context);
}
