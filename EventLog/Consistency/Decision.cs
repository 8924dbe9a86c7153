namespace OrleansEs.EventLog.Consistency;

/// <summary>What an aggregate decides about a command: which events happen, or why none does.</summary>
/// <typeparam name="TEvent">The base type of the aggregate's events.</typeparam>
public abstract record Decision<TEvent>
    where TEvent : class
{
    private Decision() { }

    /// <summary>The command is accepted.</summary>
    /// <param name="Events">What happens, in order; empty when the command changes nothing.</param>
    public sealed record Accepted(IReadOnlyList<TEvent> Events) : Decision<TEvent>;

    /// <summary>A rule refuses the command; nothing happens.</summary>
    /// <param name="Code">A frozen name of the reason, for programs.</param>
    /// <param name="Message">What was wrong, naming the input.</param>
    /// <param name="Remedy">What to do about it.</param>
    public sealed record Refused(string Code, string Message, string Remedy) : Decision<TEvent>;
}

/// <summary>Makes decisions.</summary>
public static class Decision
{
    /// <summary>These events happen, in this order.</summary>
    public static Decision<TEvent> Accept<TEvent>(params TEvent[] events)
        where TEvent : class => new Decision<TEvent>.Accepted(events);

    /// <summary>The command is fine and changes nothing.</summary>
    public static Decision<TEvent> Nothing<TEvent>()
        where TEvent : class => new Decision<TEvent>.Accepted([]);

    /// <summary>A rule refuses the command.</summary>
    /// <param name="code">A frozen name of the reason, for programs.</param>
    /// <param name="message">What was wrong, naming the input.</param>
    /// <param name="remedy">What to do about it.</param>
    public static Decision<TEvent> Refuse<TEvent>(string code, string message, string remedy)
        where TEvent : class => new Decision<TEvent>.Refused(code, message, remedy);
}
