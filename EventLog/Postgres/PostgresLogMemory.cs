namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// What this silo remembers of the ends of partitions and journals, so that an append on top of them need not be judged by the
/// database: where a partition still ends where it did, none of its journals has changed either.
/// </summary>
/// <remarks>
/// Invariants: all that is remembered of a partition was true together, at the end that is remembered with it; whoever builds on
/// it has the database compare that end under the partition's lock, so a memory that is out of date costs another try and writes
/// nothing. It is forgotten with every new session and every failure, so it never outlives a server that may have come back
/// with another log.
/// </remarks>
/// <param name="partitions">How many partitions the log has.</param>
internal sealed class PostgresLogMemory(int partitions)
{
    // Two generations of so many journals each in every partition: a journal that is in use moves to the younger one.
    private const int JournalsMax = 8_192;

    private readonly Partition[] _partitions = [.. Enumerable.Range(0, partitions).Select(_ => new Partition())];

    /// <summary>
    /// After how many transactions in a row that met no other silo's a partition is built on: beside another silo that is at
    /// work, most tries would be in vain.
    /// </summary>
    public int TrustAfter { get; set; } = 16;

    /// <summary>Where a partition ends, when that may be built on.</summary>
    public long? FindHead(int partition)
    {
        var known = _partitions[partition];
        lock (known)
            return known.Undisturbed > TrustAfter ? known.Head : null;
    }

    /// <summary>The version of a journal at the partition's end; null when it is not remembered.</summary>
    public long? FindVersion(int partition, JournalId journal)
    {
        var known = _partitions[partition];
        lock (known)
            return known.Find(journal);
    }

    /// <summary>Takes note of a committed transaction.</summary>
    /// <param name="partition">A partition that it locked.</param>
    /// <param name="found">Where it found the end.</param>
    /// <param name="head">Where it left the end.</param>
    /// <param name="versions">Journals whose version it learned, in order.</param>
    public void Learn(int partition, long found, long head, IEnumerable<(JournalId Journal, long Version)> versions)
    {
        var known = _partitions[partition];
        lock (known)
        {
            if (known.Head != found)
                known.Forget();
            known.Head = head;
            known.Undisturbed++;
            foreach (var (journal, version) in versions)
                known.Add(journal, version);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Forget()
    {
        foreach (var known in _partitions)
        {
            lock (known)
                known.Forget();
        }
    }

    private sealed class Partition
    {
        private Dictionary<JournalId, long> _younger = [];
        private Dictionary<JournalId, long> _older = [];

        public long Head { get; set; } = -1;

        // Transactions in a row that found the end where the one before left it.
        public int Undisturbed { get; set; }

        public long? Find(JournalId journal)
        {
            if (_younger.TryGetValue(journal, out var version))
                return version;
            return _older.TryGetValue(journal, out version) ? version : null;
        }

        public void Add(JournalId journal, long version)
        {
            if (_younger.Count == JournalsMax)
                (_older, _younger) = (_younger, []);
            _younger[journal] = version;
        }

        public void Forget()
        {
            (Head, Undisturbed) = (-1, 0);
            _younger.Clear();
            _older.Clear();
        }
    }
}
