using System.Runtime.InteropServices;

namespace OrleansEs.EventLog.Bulk;

/// <summary>Checks that events of another log follow what this one holds, from what a store read under the locks.</summary>
internal sealed class RestorePlan
{
    private readonly IReadOnlyList<CommittedEvent> _events;
    private readonly Dictionary<string, int> _journals = new(StringComparer.Ordinal);

    /// <exception cref="RestoreRefusedException">An event is in another partition than this log would keep it in.</exception>
    public RestorePlan(IReadOnlyList<CommittedEvent> events, int partitions)
    {
        _events = events;
        var partitionOf = new List<int>();
        foreach (var committed in events)
        {
            if (_journals.TryAdd(committed.Journal.Value, _journals.Count))
                partitionOf.Add(committed.Journal.PartitionOf(partitions));
            var partition = partitionOf[_journals[committed.Journal.Value]];
            if (partition != committed.At.Partition)
                throw Refused(committed, $"a log with {partitions} partitions keeps that journal in partition {partition}");
        }
        Partitions = [.. partitionOf.Distinct().Order()];
    }

    /// <summary>The partitions to lock, in the order in which everybody locks them.</summary>
    public int[] Partitions { get; }

    /// <summary>The journals, each once.</summary>
    public IReadOnlyList<string> Journals => [.. _journals.Keys];

    /// <summary>What is to be written, which is the events as they are.</summary>
    /// <param name="ends">Where the partitions end.</param>
    /// <param name="versions">The version of each of <see cref="Journals"/>.</param>
    /// <exception cref="RestoreRefusedException">An event does not follow.</exception>
    public BulkWrite Check(IReadOnlyDictionary<int, PartitionEnd> ends, IReadOnlyList<long> versions)
    {
        var after = ends.ToDictionary();
        long[] reached = [.. versions];
        foreach (var committed in _events)
        {
            ref var end = ref CollectionsMarshal.GetValueRefOrNullRef(after, committed.At.Partition);
            ref var version = ref reached[_journals[committed.Journal.Value]];
            var recordedAt = StoredValues.FromTime(committed.RecordedAt);
            if (committed.At.Position != end.Head + 1)
                throw Refused(committed, $"position {end.Head + 1} of the partition is next");
            if (committed.Version != version + 1)
                throw Refused(committed, $"version {version + 1} of the journal is next");
            if (recordedAt < end.RecordedAt)
                throw Refused(committed, $"it is older ({committed.RecordedAt:O}) than the event before it");
            end = new PartitionEnd(committed.At.Position, recordedAt);
            version = committed.Version;
        }
        return new BulkWrite(_events, after);
    }

    private static RestoreRefusedException Refused(CommittedEvent committed, string expected) => new(
        $"The event at {committed.At}, version {committed.Version} of {committed.Journal}, does not follow what the log holds: "
        + $"{expected}. Nothing was written.");
}
