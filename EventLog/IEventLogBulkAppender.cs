namespace OrleansEs.EventLog;

/// <summary>
/// The way in for work over many journals at once: one transaction, whole or not at all. One per silo. It is for imports and the
/// like; single commands go through <see cref="IEventLogAppender"/>, and wait while a bulk of their partition is written.
/// </summary>
public interface IEventLogBulkAppender
{
    /// <summary>
    /// Appends all requests or none, and answers at most a second after the timeout. What waits for its turn by then is withdrawn
    /// (not accepted); what was sent and is not answered then is <see cref="BulkAppendResult.Unknown"/>. A caller's cancellation
    /// withdraws what waits, and has the store give up what was sent and is not committed yet.
    /// </summary>
    /// <exception cref="ArgumentException">The bulk itself is wrong: see <see cref="IEventLogStore.AppendBulk"/>.</exception>
    Task<BulkAppendResult> Append(IReadOnlyList<AppendRequest> requests, TimeSpan timeout, CancellationToken cancellation);
}
