namespace OrleansEs.EventLog.Consistency;

/// <summary>How a command ended. An outcome that is not known, or a log that cannot be reached, is an exception.</summary>
/// <typeparam name="TEvent">The base type of the aggregate's events.</typeparam>
public abstract record CommandOutcome<TEvent>
    where TEvent : class
{
    private CommandOutcome() { }

    /// <summary>The command's events are in the log and durable.</summary>
    /// <param name="Events">What happened, in order.</param>
    /// <param name="Version">The version of the journal after the command's last event.</param>
    /// <param name="Position">The place of that event in the log: the read token.</param>
    /// <param name="Duplicate">True when an earlier call applied it: this is its first outcome.</param>
    public sealed record Applied(IReadOnlyList<TEvent> Events, long Version, LogPosition Position, bool Duplicate)
        : CommandOutcome<TEvent>;

    /// <summary>A rule refused it; nothing was written.</summary>
    /// <param name="Code">
    /// A frozen name of the reason, for programs: the aggregate's own, or one of <see cref="OutcomeCodes"/>.
    /// </param>
    /// <param name="Message">What was wrong, naming the input.</param>
    /// <param name="Remedy">What to do about it.</param>
    public sealed record Refused(string Code, string Message, string Remedy) : CommandOutcome<TEvent>;

    /// <summary>The command was fine and changed nothing; nothing was written.</summary>
    /// <param name="Version">The version of the journal.</param>
    public sealed record NoChange(long Version) : CommandOutcome<TEvent>;
}
