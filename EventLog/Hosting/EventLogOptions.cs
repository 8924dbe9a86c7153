namespace OrleansEs.EventLog.Hosting;

/// <summary>The settings of the log. Every default has its reason; wrong values are refused at start.</summary>
public sealed class EventLogOptions
{
    /// <summary>The most partitions that a log may have.</summary>
    public const int PartitionsMax = 1_024;

    /// <summary>The most lanes that a silo may append in.</summary>
    public const int AppendLanesMax = 64;

    /// <summary>On SQLite, the file. It and its directory are made when absent.</summary>
    public string DataPath { get; set; } = "data/orleanses.db";

    /// <summary>
    /// On PostgreSQL, where the database is: <c>Host=…;Database=…;Username=…;Password=…</c>. Time limits that it does not name
    /// are added, so that no call waits for ever.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// On PostgreSQL, how long a start waits for a server that is not there yet. 30 s: machines start together. 0 to 1 hour.
    /// </summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many partitions the log has: a new one is created with so many, fixed for ever then, and a start on one that has
    /// another number is refused. Null gives a new log 8 and takes an existing one as it is, since nobody should have to remember
    /// the number; 8 are enough for read models to work in parallel on the cores of a few silos, and few enough that each one's
    /// events still share their transactions. 1 to 1,024.
    /// </summary>
    public int? Partitions { get; set; }

    /// <summary>
    /// How many appends may wait on this silo, and how many commands of aggregates may be under way; one more is refused at
    /// once. 500: some tenths of a second of work at full speed, so that who is let in is served long before his deadline, and
    /// who is not learns it in milliseconds. 1 to 1,000,000.
    /// </summary>
    public int QueueCapacity { get; set; } = 500;

    /// <summary>
    /// On PostgreSQL, how many batches of appends this silo may have under way at once, over as many connections. Each lane has
    /// partitions of its own, so there are at most as many as partitions. 1: a batch holds what came while the last one was under
    /// way, and fewer and larger ones cost less, until a silo has more to append than one connection can carry. 1 to 64.
    /// </summary>
    public int AppendLanes { get; set; } = 1;

    /// <summary>
    /// How many appends share one transaction at most. 512: the cost of a sync is lost among them long before, and the first
    /// one waits only some milliseconds for the last. 1 to 10,000.
    /// </summary>
    public int BatchRequestsMax { get; set; } = 512;

    /// <summary>How many events one append may hold. 1,000: a command that decides more is a bulk load in disguise.</summary>
    public int EventsPerAppendMax { get; set; } = 1_000;

    /// <summary>
    /// How many bytes one event's payload may have. 1 MiB: it travels whole through memory, streams and messages.
    /// </summary>
    public int PayloadBytesMax { get; set; } = 1_048_576;

    /// <summary>
    /// How many connections read at once. 8: reads are short and served from memory, so more than some per core only wait
    /// for each other. On PostgreSQL queries leave two of them to whoever follows the log. 1 to 256.
    /// </summary>
    public int ReaderConnections { get; set; } = 8;

    /// <summary>
    /// Whether what is committed is pushed by Orleans streams. True: readers follow within milliseconds. Without it read
    /// models still follow, by looking into the log now and then.
    /// </summary>
    public bool UseStreams { get; set; } = true;

    /// <summary>Why these settings cannot be used, naming setting, value and range; null when they can.</summary>
    internal string? Refusal()
    {
        if (string.IsNullOrWhiteSpace(DataPath))
            return "DataPath is empty; it must name a file.";
        if (StartTimeout < TimeSpan.Zero || StartTimeout > TimeSpan.FromHours(1))
            return $"StartTimeout is {StartTimeout}; it must be between 0 and 1 hour.";
        return (Partitions is { } partitions ? OutOfRange(nameof(Partitions), partitions, PartitionsMax) : null)
            ?? OutOfRange(nameof(QueueCapacity), QueueCapacity, 1_000_000)
            ?? OutOfRange(nameof(AppendLanes), AppendLanes, AppendLanesMax)
            ?? OutOfRange(nameof(BatchRequestsMax), BatchRequestsMax, 10_000)
            ?? OutOfRange(nameof(EventsPerAppendMax), EventsPerAppendMax, 100_000)
            ?? OutOfRange(nameof(PayloadBytesMax), PayloadBytesMax, 64 * 1_048_576)
            ?? OutOfRange(nameof(ReaderConnections), ReaderConnections, 256);
    }

    private static string? OutOfRange(string name, int value, int max) =>
        value < 1 ? $"{name} is {value}; it must be at least 1."
        : value > max ? $"{name} is {value}; it must be at most {max}."
        : null;
}
