namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// A comparison of a read model's live rows with those that its events make when they are applied again, all of one moment.
/// </summary>
[GenerateSerializer, Immutable, Alias("eventlog.read-model-verification")]
public sealed record ReadModelVerification
{
    /// <summary>It waits for another one on the same silo. Frozen.</summary>
    public const string Waiting = "waiting";

    /// <summary>It applies the events again, beside the live rows. Frozen.</summary>
    public const string Replaying = "replaying";

    /// <summary>It compares rows. Frozen.</summary>
    public const string Comparing = "comparing";

    /// <summary>It looks for the event at which the first row that differs began to. Frozen.</summary>
    public const string Tracing = "tracing";

    /// <summary>No row differs. Frozen.</summary>
    public const string Equal = "equal";

    /// <summary>Rows differ. Frozen.</summary>
    public const string Differs = "differs";

    /// <summary>It could not be carried out. Frozen.</summary>
    public const string Failed = "failed";

    /// <summary>A person ended it, or its silo did. Frozen.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>The read model.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>The build that is compared: the one that was live at its start; 0 until that is known.</summary>
    [Id(1)]
    public int Build { get; init; }

    /// <summary>How far it is, or how it ended.</summary>
    [Id(2)]
    public required string Phase { get; init; }

    /// <summary>How many events were applied again, or passed over since they are not for this read model.</summary>
    [Id(3)]
    public long Applied { get; init; }

    /// <summary>How many there are, as far as is known.</summary>
    [Id(4)]
    public long Events { get; init; }

    /// <summary>The positions of the one moment that was compared; empty until then.</summary>
    [Id(5)]
    public IReadOnlyList<LogPosition> Positions { get; init; } = [];

    /// <summary>How many rows were compared in each table.</summary>
    [Id(6)]
    public IReadOnlyList<VerifiedTable> Tables { get; init; } = [];

    /// <summary>How many rows differ, or are on one side only.</summary>
    [Id(7)]
    public long DifferenceCount { get; init; }

    /// <summary>The first of them, in the order of tables and keys.</summary>
    [Id(8)]
    public IReadOnlyList<RowDifference> Differences { get; init; } = [];

    /// <summary>
    /// The event at which the first of the differences begins: before it, the events make the row as it is in the live build; it
    /// changes the row, and no event after it makes the row so again. Of a row that no event ever made so, the first event that
    /// touches it. Null when no event touches it: somebody else wrote it.
    /// </summary>
    [Id(9)]
    public DivergingEvent? FirstEvent { get; init; }

    /// <summary>Why it failed.</summary>
    [Id(10)]
    public string? Error { get; init; }

    /// <summary>When it was begun, UTC.</summary>
    [Id(11)]
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended, UTC; null while it is under way.</summary>
    [Id(12)]
    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>How many rows of a table were compared.</summary>
/// <param name="Table">The table, as the projection names it.</param>
/// <param name="Rows">How many rows the live build has of it.</param>
[GenerateSerializer, Immutable, Alias("eventlog.read-model-verified-table")]
public sealed record VerifiedTable([property: Id(0)] string Table, [property: Id(1)] long Rows);

/// <summary>A row that is not as its events make it.</summary>
/// <param name="Table">The table, as the projection names it.</param>
/// <param name="Key">Its primary key, <c>column=value</c>.</param>
/// <param name="Kind"><c>changed</c>, <c>missing</c> in the live build, or <c>extra</c> there.</param>
/// <param name="Columns">The columns that differ; of a row that is on one side only, all of them.</param>
[GenerateSerializer, Immutable, Alias("eventlog.read-model-row-difference")]
public sealed record RowDifference(
    [property: Id(0)] string Table,
    [property: Id(1)] string Key,
    [property: Id(2)] string Kind,
    [property: Id(3)] IReadOnlyList<ColumnDifference> Columns)
{
    /// <summary>Both sides have the row, and it differs. Frozen.</summary>
    public const string Changed = "changed";

    /// <summary>The live build does not have it. Frozen.</summary>
    public const string Missing = "missing";

    /// <summary>No event makes it. Frozen.</summary>
    public const string Extra = "extra";

    /// <inheritdoc/>
    public override string ToString() => Kind == Changed
        ? $"{Table} {Key}: {string.Join(", ", Columns)}"
        : $"{Table} {Key}: {Kind} in the live build";
}

/// <summary>A column that differs.</summary>
/// <param name="Column">The column.</param>
/// <param name="Live">Its value in the live build, as text; null for nothing.</param>
/// <param name="Replayed">Its value as the events make it, as text; null for nothing.</param>
[GenerateSerializer, Immutable, Alias("eventlog.read-model-column-difference")]
public sealed record ColumnDifference(
    [property: Id(0)] string Column, [property: Id(1)] string? Live, [property: Id(2)] string? Replayed)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Column} is {Live ?? "null"} and should be {Replayed ?? "null"}";
}

/// <summary>The event at which a row of a read model begins to differ.</summary>
/// <param name="At">Its place in the log.</param>
/// <param name="Journal">Its journal.</param>
/// <param name="Version">Its version there.</param>
/// <param name="Type">Its stored type.</param>
[GenerateSerializer, Immutable, Alias("eventlog.read-model-diverging-event")]
public sealed record DivergingEvent(
    [property: Id(0)] LogPosition At,
    [property: Id(1)] JournalId Journal,
    [property: Id(2)] long Version,
    [property: Id(3)] string Type);
