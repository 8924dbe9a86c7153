namespace OrleansEs.EventLog;

/// <summary>What is known of an event beside its content. It is set by the server, never read from a payload.</summary>
[GenerateSerializer, Immutable, Alias("eventlog.metadata")]
public sealed record EventMetadata
{
    /// <summary>Nothing known.</summary>
    public static EventMetadata None { get; } = new();

    /// <summary>Ties together all events that one request led to, over all journals.</summary>
    [Id(0)]
    public string? CorrelationId { get; init; }

    /// <summary>What led to this event: the id of the command or event before it.</summary>
    [Id(1)]
    public string? CausationId { get; init; }

    /// <summary>Who asked for it.</summary>
    [Id(2)]
    public string? Actor { get; init; }

    /// <summary>From when on it holds in the domain; the recorded time's date when absent.</summary>
    [Id(3)]
    public DateOnly? EffectiveDate { get; init; }

    /// <summary>A hash of the command's body: the same command id with another one is refused.</summary>
    [Id(4)]
    public string? RequestHash { get; init; }
}

/// <summary>An encoded event that somebody wants to append.</summary>
/// <param name="Type">The event type's stored name (its alias in the registry).</param>
/// <param name="TypeVersion">The version of that type's shape, from 1.</param>
/// <param name="Format">Which codec wrote the payload: its <see cref="Codec.IEventCodec.Format"/>.</param>
/// <param name="Payload">The encoded event.</param>
/// <param name="Metadata">What is known of it beside its content.</param>
public sealed record ProposedEvent(
    string Type, int TypeVersion, string Format, ReadOnlyMemory<byte> Payload, EventMetadata Metadata);

/// <summary>An event that is in the log. It never changes.</summary>
/// <param name="At">Its place in the log.</param>
/// <param name="Journal">The journal it belongs to.</param>
/// <param name="Version">Its place in that journal, from 1 without a hole.</param>
/// <param name="CommandId">The command that it came from.</param>
/// <param name="CommandIndex">Its place among that command's events, from 0.</param>
/// <param name="Type">The event type's stored name.</param>
/// <param name="TypeVersion">The version of that type's shape.</param>
/// <param name="Format">Which codec wrote the payload.</param>
/// <param name="Payload">The encoded event.</param>
/// <param name="Metadata">What is known of it beside its content.</param>
/// <param name="RecordedAt">When it was recorded, UTC, in whole microseconds.</param>
[GenerateSerializer, Immutable, Alias("eventlog.committed-event")]
public sealed record CommittedEvent(
    [property: Id(0)] LogPosition At,
    [property: Id(1)] JournalId Journal,
    [property: Id(2)] long Version,
    [property: Id(3)] Guid CommandId,
    [property: Id(4)] int CommandIndex,
    [property: Id(5)] string Type,
    [property: Id(6)] int TypeVersion,
    [property: Id(7)] string Format,
    [property: Id(8)] ReadOnlyMemory<byte> Payload,
    [property: Id(9)] EventMetadata Metadata,
    [property: Id(10)] DateTimeOffset RecordedAt);
