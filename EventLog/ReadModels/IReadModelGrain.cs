namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// One partition's share of a build of a read model, keyed <c>name/build/partition</c>. It alone writes its rows.
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

    /// <summary>See <see cref="IReadModelControlGrain.Retry"/>; of this part.</summary>
    [Alias("retry")]
    Task<int> Retry(JournalId? journal, string actor);

    /// <summary>See <see cref="IReadModelControlGrain.Skip"/>; of this part.</summary>
    [Alias("skip")]
    Task Skip(JournalId journal, long version, string reason, string actor);

    /// <summary>See <see cref="IReadModelControlGrain.RebuildKey"/>; of this part.</summary>
    [Alias("rebuild-key")]
    Task RebuildKey(JournalId journal, string actor);
}

/// <summary>Where one partition's share of a read model stands.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Position">The position applied.</param>
/// <param name="Head">The last position of the partition.</param>
/// <param name="State">
/// <c>live</c>, <c>catching-up</c>, <c>paused</c>, <c>failed</c>, <c>unowned</c> (no silo follows it) or <c>contested</c> (two
/// do: harmless, since the checkpoint fences them, but a sign of trouble among the silos).
/// </param>
/// <param name="Error">The last error; null when there is none.</param>
/// <param name="Silo">The silo that hosts it; all of them when it is contested.</param>
/// <param name="LagSeconds">How long the first event that is not applied has been in the log; 0 when all are.</param>
/// <param name="Rate">Events applied a second, lately.</param>
/// <param name="Parked">How many of its journals are parked.</param>
[GenerateSerializer, Immutable, Alias("eventlog.read-model-part-status")]
public sealed record ReadModelPartStatus(
    [property: Id(0)] int Partition,
    [property: Id(1)] long Position,
    [property: Id(2)] long Head,
    [property: Id(3)] string State,
    [property: Id(4)] string? Error,
    [property: Id(5)] string Silo,
    [property: Id(6)] double LagSeconds,
    [property: Id(7)] long Rate,
    [property: Id(8)] int Parked);

/// <summary>
/// What operators say to a read model, keyed by its name. Whether it is paused is Orleans grain state; its builds are rows beside
/// theirs, since one takes another's place in a transaction.
/// </summary>
[Alias("eventlog.read-model-control")]
public interface IReadModelControlGrain : IGrainWithStringKey
{
    /// <summary>The read model as a whole, as its parts say of themselves now.</summary>
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

    /// <summary>
    /// Begins to build the highest version that the silos know, or the same one again, beside the live one. It takes the live
    /// one's place by itself when it has caught up, and goes on after a crash.
    /// </summary>
    /// <param name="rateMax">At most so many events a second, over all partitions; null for as many as there is time for.</param>
    /// <exception cref="ReadModelBusyException">A build is under way, or the read model is paused.</exception>
    [Alias("rebuild")]
    Task<ReadModelStatus> Rebuild(long? rateMax);

    /// <summary>Ends the build under way; its tables go, and nothing else changes.</summary>
    /// <exception cref="ReadModelBusyException">None is under way.</exception>
    [Alias("cancel")]
    Task<ReadModelStatus> Cancel();

    /// <summary>Makes the build live again that was live before. It has followed on, so no query is shown less than before.</summary>
    /// <exception cref="ReadModelBusyException">There is none.</exception>
    [Alias("rollback")]
    Task<ReadModelStatus> RollBack();

    /// <summary>
    /// The events that cannot be applied, of all builds, the longest parked first; at most <paramref name="countMax"/>.
    /// </summary>
    [Alias("parked")]
    Task<IReadOnlyList<ParkedEvent>> Parked(int countMax);

    /// <summary>
    /// Has parked journals tried at once, also those in quarantine; null for all. Says how many; how it ends, <see cref="Parked"/>
    /// shows.
    /// </summary>
    /// <exception cref="ReadModelBusyException">The journal is not parked, or the read model is paused.</exception>
    [Alias("retry")]
    Task<int> Retry(JournalId? journal, string actor);

    /// <summary>
    /// Leaves out the one event that a journal is parked for, and goes on with the next. Kept for good with who decided it and why;
    /// it also holds for a later build by the same version of the projection, and not for another version.
    /// </summary>
    /// <param name="journal">The journal.</param>
    /// <param name="version">The version that fails: whoever repeats himself does not skip the next one as well.</param>
    /// <param name="reason">Why.</param>
    /// <param name="actor">Who decided it.</param>
    /// <exception cref="ArgumentException">No reason or actor, or too long a one.</exception>
    /// <exception cref="ReadModelBusyException">The journal is not parked at that version, or the read model is paused.</exception>
    [Alias("skip")]
    Task Skip(JournalId journal, long version, string reason, string actor);

    /// <summary>
    /// Makes the rows of one journal anew, from its events, in the live build. Others are not touched and go on. What was skipped by
    /// decision stays so.
    /// </summary>
    /// <exception cref="ReadModelBusyException">
    /// The projection cannot take the rows of one journal away, an event cannot be applied, there is no such journal, or the read
    /// model is paused.
    /// </exception>
    [Alias("rebuild-key")]
    Task RebuildKey(JournalId journal, string actor);

    /// <summary>
    /// Begins to compare all live rows with those that the events make when they are applied again, of one moment, while everybody
    /// goes on. It returns at once; <see cref="Verification"/> says how far it is, and how it ended.
    /// </summary>
    /// <exception cref="ReadModelBusyException">One is under way.</exception>
    [Alias("verify")]
    Task<ReadModelVerification> Verify();

    /// <summary>
    /// The verification that was begun last, under way or ended. Null when there was none, or when the grain has moved since, which
    /// ends it.
    /// </summary>
    [Alias("verification")]
    Task<ReadModelVerification?> Verification();

    /// <summary>Ends the verification under way, and returns when nothing is left of it.</summary>
    /// <exception cref="ReadModelBusyException">None is under way.</exception>
    [Alias("cancel-verification")]
    Task<ReadModelVerification?> CancelVerification();

    /// <summary>Looks after the builds: called now and then, and while one is under way it looks by itself.</summary>
    [Alias("touch")]
    Task Touch();
}

/// <summary>Lists the read models of the cluster. Keyed 0.</summary>
[Alias("eventlog.read-model-directory")]
public interface IReadModelDirectoryGrain : IGrainWithIntegerKey
{
    /// <summary>The names of all registered read models, sorted.</summary>
    [Alias("list")]
    Task<IReadOnlyList<string>> List();

    /// <summary>
    /// How a read model is doing, from what is written down: it wakes nobody, and works while parts are stuck. States and rates
    /// are some seconds old, positions are not.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such read model.</exception>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    [Alias("show")]
    Task<ReadModelStatus> Show(string name);

    /// <summary>
    /// The events that cannot be applied, of all builds of all read models, the longest parked first; at most
    /// <paramref name="countMax"/>.
    /// </summary>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    [Alias("parked")]
    Task<IReadOnlyList<ParkedEvent>> Parked(int countMax);
}

/// <summary>A read model as a whole.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Paused">True while paused by an operator.</param>
/// <param name="Builds">Its builds, the live one first.</param>
[GenerateSerializer, Immutable, Alias("eventlog.read-model-status")]
public sealed record ReadModelStatus(
    [property: Id(0)] string Name,
    [property: Id(1)] bool Paused,
    [property: Id(2)] IReadOnlyList<ReadModelBuildStatus> Builds)
{
    /// <summary>The build that queries read.</summary>
    public ReadModelBuildStatus Live => Builds[0];
}

/// <summary>Where one build of a read model stands.</summary>
/// <param name="Number">The build.</param>
/// <param name="Version">The version of the projection that fills it.</param>
/// <param name="State">What it is for.</param>
/// <param name="Floor">Of the live build, the positions at which it took the place of another one; empty for the first.</param>
/// <param name="ChangedAt">When it came into this state, UTC.</param>
/// <param name="Parts">Each partition's share.</param>
[GenerateSerializer, Immutable, Alias("eventlog.read-model-build-status")]
public sealed record ReadModelBuildStatus(
    [property: Id(0)] int Number,
    [property: Id(1)] int Version,
    [property: Id(2)] ReadModelBuildState State,
    [property: Id(3)] IReadOnlyList<long> Floor,
    [property: Id(4)] DateTimeOffset ChangedAt,
    [property: Id(5)] IReadOnlyList<ReadModelPartStatus> Parts);
