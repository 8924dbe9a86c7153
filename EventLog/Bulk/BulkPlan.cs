using System.Runtime.InteropServices;

namespace OrleansEs.EventLog.Bulk;

/// <summary>
/// Judges the requests of a bulk, and gives out their places, from what a store read under the locks of their partitions.
/// </summary>
/// <remarks>
/// Invariants: a request is judged after those before it, as in a batch; a duplicate is recognised before a conflict;
/// positions and versions follow those that are there, without a hole; recorded time does not run backwards.
/// </remarks>
internal sealed class BulkPlan
{
    private readonly IReadOnlyList<AppendRequest> _requests;
    private readonly List<string> _journals = [];
    private readonly List<int> _partitionOf = [];

    // The place of each request's journal among the journals.
    private readonly int[] _journalOf;

    public BulkPlan(IReadOnlyList<AppendRequest> requests, int partitions)
    {
        _requests = requests;
        _journalOf = new int[requests.Count];
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var index = 0; index < requests.Count; index++)
        {
            var journal = requests[index].Journal;
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, journal.Value, out var known);
            if (!known)
            {
                place = _journals.Count;
                _journals.Add(journal.Value);
                _partitionOf.Add(journal.PartitionOf(partitions));
            }
            _journalOf[index] = place;
        }
        Partitions = [.. _partitionOf.Distinct().Order()];
    }

    /// <summary>The partitions to lock, in the order in which everybody locks them.</summary>
    public int[] Partitions { get; }

    /// <summary>The journals, each once.</summary>
    public IReadOnlyList<string> Journals => _journals;

    /// <summary>
    /// True when every request expects the version that is there for it. None is refused then, unless its command was applied
    /// before, in the log or in this bulk.
    /// </summary>
    /// <param name="versions">The version of each of <see cref="Journals"/>.</param>
    public bool Follows(IReadOnlyList<long> versions)
    {
        long[] reached = [.. versions];
        for (var index = 0; index < _requests.Count; index++)
        {
            ref var version = ref reached[_journalOf[index]];
            if (version != _requests[index].ExpectedVersion)
                return false;
            version += _requests[index].Events.Count;
        }
        return true;
    }

    /// <summary>The requests that cannot be accepted, by their places.</summary>
    /// <param name="versions">The version of each of <see cref="Journals"/>.</param>
    /// <param name="applied">The requests whose command is in the journal, by their places.</param>
    public IReadOnlyDictionary<int, AppendResult> Judge(IReadOnlyList<long> versions, IReadOnlySet<int> applied)
    {
        long[] reached = [.. versions];
        var accepted = new HashSet<(int Journal, Guid CommandId)>();
        var reasons = new Dictionary<int, AppendResult>();
        for (var index = 0; index < _requests.Count; index++)
        {
            var (request, journal) = (_requests[index], _journalOf[index]);
            if (applied.Contains(index) || accepted.Contains((journal, request.CommandId)))
            {
                reasons.Add(index, new AppendResult.Duplicate([]));
            }
            else if (reached[journal] != request.ExpectedVersion)
            {
                reasons.Add(index, new AppendResult.Conflict(reached[journal]));
            }
            else
            {
                reached[journal] += request.Events.Count;
                accepted.Add((journal, request.CommandId));
            }
        }
        return reasons;
    }

    /// <summary>Gives out the places of requests that were all accepted.</summary>
    /// <param name="ends">Where the partitions end.</param>
    /// <param name="now">The time now.</param>
    public (BulkWrite Write, AppendResult.Appended[] Results) Place(
        IReadOnlyDictionary<int, PartitionEnd> ends, DateTimeOffset now)
    {
        var after = ends.ToDictionary(
            end => end.Key, end => end.Value with { RecordedAt = Math.Max(end.Value.RecordedAt, StoredValues.FromTime(now)) });
        var events = new List<CommittedEvent>(_requests.Count);
        var results = new AppendResult.Appended[_requests.Count];
        for (var index = 0; index < _requests.Count; index++)
        {
            var request = _requests[index];
            var partition = _partitionOf[_journalOf[index]];
            ref var end = ref CollectionsMarshal.GetValueRefOrNullRef(after, partition);
            var recordedAt = StoredValues.ToTime(end.RecordedAt);
            for (var place = 0; place < request.Events.Count; place++)
                events.Add(request.Committed(place, new LogPosition(partition, end.Head + place + 1), recordedAt));
            end = end with { Head = end.Head + request.Events.Count };
            results[index] = new AppendResult.Appended(
                new LogPosition(partition, end.Head), request.ExpectedVersion + request.Events.Count, recordedAt);
        }
        return (new BulkWrite(events, after), results);
    }
}
