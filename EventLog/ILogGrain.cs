namespace OrleansEs.EventLog;

/// <summary>What clients ask of the log itself. A stateless worker: ask key 0.</summary>
[Alias("eventlog.log")]
public interface ILogGrain : IGrainWithIntegerKey
{
    /// <summary>What the log holds now.</summary>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    [Alias("stats")]
    Task<LogStats> Stats();
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
