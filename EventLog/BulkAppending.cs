namespace OrleansEs.EventLog;

/// <summary>How a bulk of appends ended, whole or not at all. There is no other end.</summary>
public abstract record BulkAppendResult
{
    private BulkAppendResult() { }

    /// <summary>The events of all requests are durable.</summary>
    /// <param name="Results">What became of each request, in their order.</param>
    public sealed record Appended(IReadOnlyList<AppendResult.Appended> Results) : BulkAppendResult;

    /// <summary>Some requests cannot be accepted, so none was: nothing was written.</summary>
    /// <param name="Reasons">
    /// Those that were refused, by their place among the requests, from 0. Each is told what it would be told in a batch:
    /// <see cref="AppendResult.Conflict"/>, whose version counts what the requests before it would have done, or
    /// <see cref="AppendResult.Duplicate"/>, whose first events do not come with it: <see cref="IEventLogReader.FindCommand"/>
    /// reads them, unless the first use of the command id is in this very bulk.
    /// </param>
    public sealed record Refused(IReadOnlyDictionary<int, AppendResult> Reasons) : BulkAppendResult;

    /// <summary>The events are certainly not in the log, and were not refused by a rule: trying again may work.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Detail">The cause in words, with the remedy where there is one.</param>
    public sealed record NotAccepted(NotAcceptedReason Reason, string Detail) : BulkAppendResult;

    /// <summary>
    /// The events were sent and the answer was lost: all of them are in the log, or none. Trying again with the same command ids
    /// tells: duplicates are what is there.
    /// </summary>
    /// <param name="Detail">What went wrong, in words.</param>
    public sealed record Unknown(string Detail) : BulkAppendResult;
}
