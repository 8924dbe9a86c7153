namespace OrleansEs.EventLog.Bulk;

/// <summary>Where a partition ends, read under its lock.</summary>
/// <param name="Head">The last position that was given out.</param>
/// <param name="RecordedAt">The recorded time of the last event, as it is stored.</param>
internal readonly record struct PartitionEnd(long Head, long RecordedAt);
