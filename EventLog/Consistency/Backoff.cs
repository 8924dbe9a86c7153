namespace OrleansEs.EventLog.Consistency;

/// <summary>How long to wait between two tries: it doubles up to a bound. Pure.</summary>
internal static class Backoff
{
    /// <param name="failures">How many tries have failed before this one; 0 for the first wait.</param>
    /// <param name="options">The bounds.</param>
    public static TimeSpan Delay(int failures, EventLogConsistencyOptions options)
    {
        var delay = options.RetryDelayMin * Math.Pow(2, Math.Min(failures, 20));
        return delay < options.RetryDelayMax ? delay : options.RetryDelayMax;
    }
}
