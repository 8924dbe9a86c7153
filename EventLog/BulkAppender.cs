namespace OrleansEs.EventLog;

/// <summary>
/// The way in for bulks: as <see cref="IEventLogStore.AppendBulk"/>, and it wakes those of this silo who follow the log. One per silo.
/// </summary>
public sealed class BulkAppender(IEventLogStore store, CommitSignal committed)
{
    /// <inheritdoc cref="IEventLogStore.AppendBulk"/>
    public async Task<BulkAppendResult> Append(IReadOnlyList<AppendRequest> requests, CancellationToken cancellation)
    {
        var result = await store.AppendBulk(requests, cancellation);
        // What is unknown may be there: whoever looks and finds nothing has lost little.
        var partitions = result switch
        {
            BulkAppendResult.Appended appended => appended.Results.Select(one => one.Last.Partition),
            BulkAppendResult.Unknown => requests.Select(request => request.Journal.PartitionOf(store.Identity.Partitions)),
            _ => [],
        };
        foreach (var partition in partitions.Distinct())
            committed.Committed(partition);
        return result;
    }
}
