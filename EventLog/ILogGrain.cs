namespace OrleansEs.EventLog;

/// <summary>What clients ask of the log itself. A stateless worker: ask key 0.</summary>
[Alias("eventlog.log")]
public interface ILogGrain : IGrainWithIntegerKey
{
    /// <summary>What the log holds now.</summary>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    [Alias("stats")]
    Task<LogStats> Stats();

    /// <summary>
    /// Reads the committed events of one partition that follow a place: just what the log has, in order and without a hole.
    /// Whoever keeps <see cref="LogPage.Next"/> and asks with it again gets every event once.
    /// </summary>
    /// <param name="after">The last place that is known; position 0 for the beginning.</param>
    /// <param name="countMax">At most so many events, 1 to <see cref="LogPage.EventsMax"/>; fewer come when they are large.</param>
    /// <param name="wait">
    /// How long to wait for an event when there is none yet, up to <see cref="LogPage.WaitMax"/>; zero only looks. The call is
    /// parked until something is committed.
    /// </param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="InvalidLogReadException">An input is out of range; nothing was read.</exception>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    [Alias("read")]
    Task<LogPage> Read(LogPosition after, int countMax, TimeSpan wait, CancellationToken cancellation = default);
}

/// <summary>What the log holds.</summary>
/// <param name="LogId">Tells this log from every other one.</param>
/// <param name="Schema">The version of its tables.</param>
/// <param name="Heads">
/// The last position of every partition, indexed by partition. Positions have no holes, so each is also how many events
/// the partition holds.
/// </param>
[GenerateSerializer, Immutable, Alias("eventlog.stats")]
public sealed record LogStats(
    [property: Id(0)] Guid LogId, [property: Id(1)] int Schema, [property: Id(2)] IReadOnlyList<long> Heads);

/// <summary>Events of one partition that follow each other.</summary>
/// <param name="LogId">The log they come from: a checkpoint belongs to one log.</param>
/// <param name="Events">The events in order; none when there was none in time.</param>
/// <param name="Next">After which place to go on: the last event's, else the one that was asked for.</param>
/// <param name="Head">The last position of the partition, seen after these events were read.</param>
[GenerateSerializer, Immutable, Alias("eventlog.page")]
public sealed record LogPage(
    [property: Id(0)] Guid LogId,
    [property: Id(1)] IReadOnlyList<CommittedEvent> Events,
    [property: Id(2)] LogPosition Next,
    [property: Id(3)] long Head)
{
    /// <summary>The most events that can be asked for at once.</summary>
    public const int EventsMax = 1_000;

    /// <summary>A page ends with the event that brings its payloads to this size: an answer is one message. 4 MiB.</summary>
    public const int BytesMax = 4 * 1_048_576;

    /// <summary>The longest wait. 20 s: Orleans gives up a call after 30 s.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(20);
}
