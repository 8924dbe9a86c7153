namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// An event that cannot be applied to a build of a read model, and that its journal is parked for: the journal's later events
/// wait behind it, and nobody else's do.
/// </summary>
/// <param name="ReadModel">The read model.</param>
/// <param name="Build">The build.</param>
/// <param name="Journal">The journal.</param>
/// <param name="Version">The version in its journal.</param>
/// <param name="At">Its place in the log.</param>
/// <param name="Type">Its stored type.</param>
/// <param name="State"><c>retrying</c>, or <c>quarantined</c> when only a person makes it be tried again.</param>
/// <param name="Attempts">How often it was tried; 0 when it was not its turn yet.</param>
/// <param name="Error">How it ended the last time.</param>
/// <param name="Since">Since when the journal is parked, UTC.</param>
/// <param name="NextAt">When it is tried again, UTC; null in quarantine.</param>
[GenerateSerializer, Immutable, Alias("eventlog.read-model-parked-event")]
public sealed record ParkedEvent(
    [property: Id(10)] string ReadModel,
    [property: Id(0)] int Build,
    [property: Id(1)] JournalId Journal,
    [property: Id(2)] long Version,
    [property: Id(3)] LogPosition At,
    [property: Id(4)] string Type,
    [property: Id(5)] string State,
    [property: Id(6)] int Attempts,
    [property: Id(7)] string Error,
    [property: Id(8)] DateTimeOffset Since,
    [property: Id(9)] DateTimeOffset? NextAt)
{
    /// <summary>It is tried again by itself. Frozen.</summary>
    public const string Retrying = "retrying";

    /// <summary>It waits for a person. Frozen.</summary>
    public const string Quarantined = "quarantined";

    internal bool IsDue(DateTimeOffset now) => NextAt <= now;
}
