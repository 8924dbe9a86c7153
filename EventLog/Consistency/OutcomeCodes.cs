namespace OrleansEs.EventLog.Consistency;

/// <summary>The codes of refusals that come from the aggregate's machinery and not from its rules. Frozen.</summary>
public static class OutcomeCodes
{
    /// <summary>The command id was used before with another body.</summary>
    public const string CommandIdReused = "command-id-reused";

    /// <summary>Others changed the same aggregate again and again while this command was being decided.</summary>
    public const string TooMuchContention = "too-much-contention";
}
