namespace OrleansEs.EventLog.Postgres;

/// <summary>Who judges whether a request may be appended.</summary>
internal enum PostgresJudge
{
    /// <summary>This silo's memory, where it reaches; else the database.</summary>
    Memory,

    /// <summary>The database, by the journal's version.</summary>
    Version,

    /// <summary>The database, by the journal's version and a look for the command.</summary>
    Command,
}

/// <summary>
/// How the requests of a batch are judged: by memory, where it reaches and they follow from it, or else by the database, in
/// waves, so that of the requests for one journal each sees what those before it did.
/// </summary>
internal sealed class PostgresAppendPlan
{
    private readonly Dictionary<int, long?> _ends = [];
    private readonly Dictionary<JournalId, long> _versions;
    private readonly Dictionary<JournalId, int> _judged = [];

    /// <param name="requests">The requests of the batch.</param>
    /// <param name="partitions">How many partitions the log has.</param>
    /// <param name="memory">What is remembered of the log; null has the database judge all of them.</param>
    public PostgresAppendPlan(IReadOnlyList<AppendRequest> requests, int partitions, PostgresLogMemory? memory)
    {
        _versions = new Dictionary<JournalId, long>(requests.Count);
        Partitions = new int[requests.Count];
        Bases = new long[requests.Count];
        for (var index = 0; index < requests.Count; index++)
        {
            var request = requests[index];
            var partition = Partitions[index] = request.Journal.PartitionOf(partitions);
            if (memory is not null && Follows(memory, partition, request))
                Place(index, request);
            else
                AddToWave(index, request.Journal);
        }
    }

    /// <summary>The partition of each request.</summary>
    public int[] Partitions { get; }

    /// <summary>The requests that were judged by memory, by their places in the batch.</summary>
    public List<int> Placed { get; } = [];

    /// <summary>The position before the first event of each request that was judged by memory.</summary>
    public long[] Bases { get; }

    /// <summary>Where each partition ends that is written to by memory, as it is remembered and as it will be.</summary>
    public SortedDictionary<int, (long Known, long Head)> Extended { get; } = [];

    /// <summary>The requests that the database judges, by their places in the batch.</summary>
    public List<List<int>> Waves { get; } = [];

    // A journal is taken from memory or judged, never both one after the other: a request behind one that is judged waits for it.
    private bool Follows(PostgresLogMemory memory, int partition, AppendRequest request)
    {
        if (_judged.ContainsKey(request.Journal))
            return false;
        if (!_ends.TryGetValue(partition, out var end))
            _ends[partition] = end = memory.FindHead(partition);
        if (end is null)
            return false;
        // A journal that nobody remembers can be begun: if it is there already, the constraint says so.
        var version = _versions.TryGetValue(request.Journal, out var planned)
            ? planned
            : memory.FindVersion(partition, request.Journal) ?? 0;
        return version == request.ExpectedVersion;
    }

    private void Place(int index, AppendRequest request)
    {
        var partition = Partitions[index];
        var before = _ends[partition]!.Value;
        var head = before + request.Events.Count;
        Placed.Add(index);
        Bases[index] = before;
        Extended[partition] = (Extended.TryGetValue(partition, out var extended) ? extended.Known : before, head);
        _ends[partition] = head;
        _versions[request.Journal] = request.ExpectedVersion + request.Events.Count;
    }

    private void AddToWave(int index, JournalId journal)
    {
        var wave = _judged.GetValueOrDefault(journal);
        _judged[journal] = wave + 1;
        if (wave == Waves.Count)
            Waves.Add([]);
        Waves[wave].Add(index);
    }
}
