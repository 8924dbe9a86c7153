using Orleans.EventSourcing;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Tells the grain when its log cannot be reached and when it can again, and says how long to wait before a retry.
/// </summary>
internal sealed class ConnectionWatch(
    IConnectionIssueListener listener, ILogConsistencyProtocolServices services, EventLogConsistencyOptions options,
    TimeProvider time)
{
    private EventLogConnectionIssue? _issue;

    /// <summary>Records a failure.</summary>
    /// <returns>How long to wait before the next try: never zero, whatever the grain says.</returns>
    public TimeSpan Failed(Exception failure)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var failures = _issue?.NumberOfConsecutiveFailures ?? 0;
        _issue = new EventLogConnectionIssue
        {
            Exception = failure,
            TimeStamp = now,
            TimeOfFirstFailure = _issue?.TimeOfFirstFailure ?? now,
            NumberOfConsecutiveFailures = failures + 1,
            RetryDelay = Backoff.Delay(failures, options),
        };
        UserCode.Call(services, nameof(listener.OnConnectionIssue), () => listener.OnConnectionIssue(_issue));
        return _issue.RetryDelay > options.RetryDelayMin ? _issue.RetryDelay : options.RetryDelayMin;
    }

    /// <summary>Records that it works.</summary>
    public void Succeeded()
    {
        if (_issue is not { } issue)
            return;
        _issue = null;
        UserCode.Call(services, nameof(listener.OnConnectionIssueResolved), () => listener.OnConnectionIssueResolved(issue));
    }
}
