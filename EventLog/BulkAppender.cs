namespace OrleansEs.EventLog;

/// <summary>
/// The way in for bulks: as <see cref="IEventLogStore.AppendBulk"/>, within the limits of the log's settings, and those of this
/// silo who follow the log are woken. One per silo.
/// </summary>
public sealed class BulkAppender
{
    private readonly IEventLogStore _store;
    private readonly CommitSignal _committed;
    private readonly AppendLimits _limits;

    internal BulkAppender(IEventLogStore store, CommitSignal committed, AppendLimits limits) =>
        (_store, _committed, _limits) = (store, committed, limits);

    /// <inheritdoc cref="IEventLogStore.AppendBulk"/>
    public async Task<BulkAppendResult> Append(IReadOnlyList<AppendRequest> requests, CancellationToken cancellation)
    {
        Check(requests);
        var result = await _store.AppendBulk(requests, cancellation);
        // What is unknown may be there: whoever looks and finds nothing has lost little.
        if (result is BulkAppendResult.Appended or BulkAppendResult.Unknown)
        {
            foreach (var partition in requests.Select(request => request.Journal.PartitionOf(_store.Identity.Partitions)).Distinct())
                _committed.Committed(partition);
        }
        return result;
    }

    private void Check(IReadOnlyList<AppendRequest> requests)
    {
        foreach (var request in requests)
        {
            foreach (var proposed in request.Events)
            {
                if (proposed.Payload.Length > _limits.PayloadBytesMax)
                    throw new ArgumentException(
                        $"A payload has at most {_limits.PayloadBytesMax} bytes; a {proposed.Type} for {request.Journal} has "
                        + $"{proposed.Payload.Length}.", nameof(requests));
            }
        }
    }
}
