namespace OrleansEs.EventLog;

/// <summary>
/// The log cannot be opened as it is asked for, and waiting will not change that. The message says what was found and
/// what to do; nothing was changed.
/// </summary>
[GenerateSerializer, Alias("eventlog.start")]
public sealed class EventLogStartException : Exception
{
    /// <summary>Says what was found and what to do about it.</summary>
    /// <param name="problem">What is wrong, naming the file or the setting.</param>
    /// <param name="remedy">What to do.</param>
    public EventLogStartException(string problem, string remedy) : this(problem, remedy, null) { }

    /// <summary>Says what was found and what to do about it.</summary>
    /// <param name="problem">What is wrong, naming the file or the setting.</param>
    /// <param name="remedy">What to do.</param>
    /// <param name="inner">What the system said.</param>
    public EventLogStartException(string problem, string remedy, Exception? inner) : base($"{problem} {remedy}", inner)
    {
        Problem = problem;
        Remedy = remedy;
    }

    /// <summary>What is wrong.</summary>
    [Id(0)]
    public string Problem { get; }

    /// <summary>What to do.</summary>
    [Id(1)]
    public string Remedy { get; }

    /// <summary>The name of the setting that does not fit what was found; null when it is no single one.</summary>
    [Id(2)]
    public string? Setting { get; init; }
}
