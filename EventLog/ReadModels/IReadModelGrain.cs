namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// One partition's share of a read model, keyed <c>name/version/partition</c>. It alone writes its rows.
/// </summary>
[Alias("eventlog.read-model")]
public interface IReadModelGrain : IGrainWithStringKey
{
    /// <summary>
    /// Waits, parked and without polling, until the position is applied or the timeout has passed.
    /// </summary>
    /// <returns>The position applied: less than asked for means that the time was up.</returns>
    [Alias("wait-for")]
    Task<long> WaitFor(long position, TimeSpan timeout);

    /// <summary>
    /// Makes sure that it lives and follows, and does as the operators said: called at start, now and then, and when a
    /// read model is paused or resumed. When it returns, a pause holds.
    /// </summary>
    [Alias("touch")]
    Task Touch();

    /// <summary>Where it stands.</summary>
    [Alias("status")]
    Task<ReadModelPartStatus> Status();
}

/// <summary>Where one partition's share of a read model stands.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Position">The position applied.</param>
/// <param name="Head">The last position of the partition.</param>
/// <param name="State"><c>live</c>, <c>catching-up</c>, <c>paused</c> or <c>failed</c>.</param>
/// <param name="Error">The last error; null when there is none.</param>
/// <param name="Silo">The silo that hosts it.</param>
[GenerateSerializer, Immutable, Alias("eventlog.read-model-part-status")]
public sealed record ReadModelPartStatus(
    [property: Id(0)] int Partition,
    [property: Id(1)] long Position,
    [property: Id(2)] long Head,
    [property: Id(3)] string State,
    [property: Id(4)] string? Error,
    [property: Id(5)] string Silo);

/// <summary>
/// What operators say to a read model, keyed by its name. Its state is Orleans grain state (paused, live version).
/// </summary>
[Alias("eventlog.read-model-control")]
public interface IReadModelControlGrain : IGrainWithStringKey
{
    /// <summary>The read model as a whole.</summary>
    [Alias("show")]
    Task<ReadModelStatus> Show();

    /// <summary>Stops applying, until resumed, also over restarts. Queries go on and say their positions.</summary>
    [Alias("pause")]
    Task Pause();

    /// <summary>Goes on.</summary>
    [Alias("resume")]
    Task Resume();

    /// <summary>True while paused.</summary>
    [Alias("is-paused")]
    Task<bool> IsPaused();

    /// <summary>The version that queries read.</summary>
    [Alias("live-version")]
    Task<int> LiveVersion();
}

/// <summary>Lists the read models of the cluster. Keyed 0.</summary>
[Alias("eventlog.read-model-directory")]
public interface IReadModelDirectoryGrain : IGrainWithIntegerKey
{
    /// <summary>The names of all registered read models, sorted.</summary>
    [Alias("list")]
    Task<IReadOnlyList<string>> List();
}

/// <summary>A read model as a whole.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The live version.</param>
/// <param name="Paused">True while paused by an operator.</param>
/// <param name="Parts">Each partition's share.</param>
[GenerateSerializer, Immutable, Alias("eventlog.read-model-status")]
public sealed record ReadModelStatus(
    [property: Id(0)] string Name,
    [property: Id(1)] int Version,
    [property: Id(2)] bool Paused,
    [property: Id(3)] IReadOnlyList<ReadModelPartStatus> Parts);
