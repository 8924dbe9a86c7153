using Orleans.EventSourcing.Common;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// The log could not be read or written. A grain's <c>OnConnectionIssue</c> gets it and may change its retry delay; the
/// deadline of whoever waits stays what it was.
/// </summary>
[GenerateSerializer, Alias("eventlog.connection-issue")]
public sealed class EventLogConnectionIssue : PrimaryOperationFailed
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>The delay after the previous one: twice as long, up to one second.</summary>
    public override TimeSpan ComputeRetryDelay(TimeSpan? previous)
    {
        var next = previous is { } delay && delay > First / 2 ? delay * 2 : First;
        return next < Longest ? next : Longest;
    }
}
