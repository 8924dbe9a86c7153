namespace OrleansEs.EventLog;

/// <summary>
/// The log could not be read or written in time. This call wrote nothing, and trying again may work; if an earlier call with
/// the same command id ended unknown, only a retry with that id tells whether it is done.
/// </summary>
[GenerateSerializer, Alias("eventlog.unavailable")]
public class EventLogUnavailableException : Exception
{
    /// <summary>Says what could not be done and why.</summary>
    public EventLogUnavailableException(string message) : base(message) { }

    /// <summary>Says what could not be done and why.</summary>
    public EventLogUnavailableException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>
/// More is asked for than can be done in time. This call was not even begun, so its answer comes at once; trying again a little
/// later may work.
/// </summary>
[GenerateSerializer, Alias("eventlog.overloaded")]
public sealed class EventLogOverloadedException : EventLogUnavailableException
{
    /// <summary>Says what is full.</summary>
    public EventLogOverloadedException(string message) : base(message) { }
}

/// <summary>An append was sent and its answer was lost. A retry with the same command id tells the truth.</summary>
[GenerateSerializer, Alias("eventlog.outcome-unknown")]
public sealed class OutcomeUnknownException : Exception
{
    /// <summary>Says which append it was.</summary>
    public OutcomeUnknownException(string message) : base(message) { }

    /// <summary>Says which append it was.</summary>
    public OutcomeUnknownException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>
/// The log holds something that must not be there: a hole, an unknown event type, a payload that does not decode.
/// Nothing is skipped; whoever met it stops.
/// </summary>
[GenerateSerializer, Alias("eventlog.corrupt")]
public sealed class EventLogCorruptException : Exception
{
    /// <summary>Names the journal or partition, and what was expected and found.</summary>
    public EventLogCorruptException(string message) : base(message) { }

    /// <summary>Names the journal or partition, and what was expected and found.</summary>
    public EventLogCorruptException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>A read of the log asks for something that cannot be: nothing was read, and the same question never has an answer.</summary>
[GenerateSerializer, Alias("eventlog.invalid-read")]
public sealed class InvalidLogReadException : Exception
{
    /// <summary>Names the input, its value and what it may be.</summary>
    public InvalidLogReadException(string message) : base(message) { }
}

/// <summary>An event of another log does not follow what this log holds. Nothing was written.</summary>
[GenerateSerializer, Alias("eventlog.restore-refused")]
public sealed class RestoreRefusedException : Exception
{
    /// <summary>Names the event, and what was expected in its place.</summary>
    public RestoreRefusedException(string message) : base(message) { }
}
