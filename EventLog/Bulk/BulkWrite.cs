namespace OrleansEs.EventLog.Bulk;

/// <summary>What is to be written in one transaction, with its places given out.</summary>
/// <param name="Events">The events.</param>
/// <param name="Ends">Where the partitions end after them.</param>
internal sealed record BulkWrite(IReadOnlyList<CommittedEvent> Events, IReadOnlyDictionary<int, PartitionEnd> Ends);
