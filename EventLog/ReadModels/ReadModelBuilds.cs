using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

// Which builds there are: what this silo knows of them, and how they begin, take each other's place and go.
// Invariants: a read model has one live build at any moment; nobody is shown less after a change of the live build than
//   before it, since the change records what had been shown; a build that is not live is never read.
internal sealed class ReadModelBuilds(ReadModelRegistry registry, ReadModelServices services)
{
    private volatile Known _known = new(0, [], new Dictionary<string, ReadModelBuild>());

    // Changes whenever the builds do.
    public int Revision => _known.Revision;

    // Those that this silo has the projections for.
    public IReadOnlyList<ReadModelBuild> Followed => _known.Followed;

    private int Partitions => services.Log.Identity.Partitions;

    // Of several silos with different code, each reads what its own queries understand: the live build, if its version is known
    // here, else the one that was live before, else the furthest of those that are being built.
    public static T? Served<T>(IEnumerable<T> builds, Func<T, ReadModelBuild> buildOf, ReadModelRegistry registry)
        where T : struct => builds.Where(build => registry.Has(buildOf(build).Name, buildOf(build).Version))
        .OrderBy(build => buildOf(build).State switch
        {
            ReadModelBuildState.Live => 0,
            ReadModelBuildState.Previous => 1,
            _ => 2,
        })
        .ThenByDescending(build => buildOf(build).Number)
        .Cast<T?>().FirstOrDefault();

    public IProjection ProjectionOf(ReadModelBuild build) => registry.Find(build.Name, build.Version);

    // Begins what must be there: the first build of every read model, and one of a version that is new.
    public Task Install(CancellationToken cancellation) => Change(
        async transaction =>
        {
            foreach (var name in registry.Names)
            {
                var builds = await Read(transaction, name, cancellation);
                var highest = registry.HighestVersion(name);
                if (builds.All(build => build.State == ReadModelBuildState.Dropped))
                    await Begin(transaction, NextOf(builds, name, highest, ReadModelBuildState.Live, null), cancellation);
                else if (builds.All(build => build.Version < highest))
                    await Begin(transaction, NextOf(builds, name, highest, ReadModelBuildState.Building, null), cancellation);
            }
            return true;
        },
        cancellation);

    public async Task Refresh(CancellationToken cancellation)
    {
        var builds = await services.Store.Query(
            connection => ReadModelBuildTable.Read(connection, cancellation), cancellation);
        var followed = builds.Where(build => registry.Has(build.Name, build.Version)).ToArray();
        var known = _known;
        if (!followed.Select(Identity).SequenceEqual(known.Followed.Select(Identity)))
            _known = new Known(known.Revision + 1, followed, followed.GroupBy(build => build.Name).ToDictionary(
                ofName => ofName.Key,
                ofName => Served(ofName.Select(build => (Build: build, 0)), entry => entry.Build, registry)!.Value.Build));
    }

    public ReadModelBuild? Find(ReadModelPart part) =>
        Followed.FirstOrDefault(build => build.Name == part.Name && build.Number == part.Build);

    // What queries of this silo read, as far as is known here.
    public ReadModelBuild? ServedOf(string name) => _known.Served.GetValueOrDefault(name);

    public ReadModelBuild? OneOf(string name, ReadModelBuildState state) =>
        Followed.LastOrDefault(build => build.Name == name && build.State == state);

    // A new build of the highest version, beside the live one; what a rollback would have led to goes.
    public Task<ReadModelBuild> Begin(string name, long? rateMax, CancellationToken cancellation) => Change(
        async transaction =>
        {
            var builds = await Read(transaction, name, cancellation);
            if (builds.FirstOrDefault(build => build.State == ReadModelBuildState.Building) is { } under)
                throw new ReadModelBusyException(
                    $"Build {under.Number} of read model '{name}' is under way.", "Wait for it, or cancel it.");
            foreach (var previous in builds.Where(build => build.State == ReadModelBuildState.Previous))
                await Drop(transaction, previous, cancellation);
            var next = NextOf(builds, name, registry.HighestVersion(name), ReadModelBuildState.Building, rateMax);
            await Begin(transaction, next, cancellation);
            return next;
        },
        cancellation);

    // The build of a version that no silo follows yet: the one that was begun before, or a new one.
    public Task<ReadModelBuild> BeginAhead(string name, CancellationToken cancellation) => Change(
        async transaction =>
        {
            var highest = registry.HighestVersion(name);
            var builds = await Read(transaction, name, cancellation);
            if (builds.LastOrDefault(build => build is { State: ReadModelBuildState.Building }) is { } begun
                && begun.Version == highest)
                return begun;
            if (builds.Any(build => build.State is ReadModelBuildState.Live && build.Version == highest))
                throw new ReadModelBusyException(
                    $"Version {highest} of read model '{name}' is live already.", "To fill it again, rebuild it.");
            var next = NextOf(builds, name, highest, ReadModelBuildState.Building, null);
            await Begin(transaction, next, cancellation);
            return next;
        },
        cancellation);

    // One that nobody follows or reads, to be compared with the live build. What an earlier one left behind goes.
    public Task<ReadModelBuild> BeginShadow(ReadModelBuild live, CancellationToken cancellation) => Change(
        async transaction =>
        {
            var builds = await Read(transaction, live.Name, cancellation);
            foreach (var left in builds.Where(build => build.State == ReadModelBuildState.Shadow))
                await Drop(transaction, left, cancellation);
            var shadow = NextOf(builds, live.Name, live.Version, ReadModelBuildState.Shadow, null);
            await Begin(transaction, shadow, cancellation);
            return shadow;
        },
        cancellation);

    // What was left behind by whoever compared it with a live build.
    public Task<IReadOnlyList<ReadModelBuild>> Shadows(string name, CancellationToken cancellation) => services.Store.Query(
        connection => ReadModelBuildTable.ReadShadows(connection, name, cancellation), cancellation);

    // The first build takes the place of the live one, which goes on as the one before.
    public Task<ReadModelBuild> MakeLive(string name, int number, CancellationToken cancellation) => Change(
        async transaction =>
        {
            var builds = await Read(transaction, name, cancellation);
            var next = builds.Single(build => build.Number == number);
            if (next.State is ReadModelBuildState.Live or ReadModelBuildState.Dropped)
                return next;
            var live = builds.Single(build => build.State == ReadModelBuildState.Live);
            var shown = await ReadModelBuildTable.LockPositions(transaction, live, Partitions, cancellation);
            // What had been shown before the last change was shown, too, although the live build may still be on its way there.
            var floor = shown.Select((position, partition) =>
                live.Floor.Count == 0 ? position : Math.Max(position, live.Floor[partition]));
            next = next with { State = ReadModelBuildState.Live, Floor = [.. floor], ChangedAt = Now };
            await ReadModelBuildTable.Update(
                transaction, live with { State = ReadModelBuildState.Previous, ChangedAt = Now }, cancellation);
            await ReadModelBuildTable.Update(transaction, next, cancellation);
            return next;
        },
        cancellation);

    public Task<bool> Drop(string name, int number, CancellationToken cancellation) => Change(
        async transaction =>
        {
            var build = (await Read(transaction, name, cancellation)).Single(build => build.Number == number);
            if (build.State is ReadModelBuildState.Live or ReadModelBuildState.Dropped)
                return false;
            await Drop(transaction, build, cancellation);
            return true;
        },
        cancellation);

    private DateTimeOffset Now => services.Time.GetUtcNow();

    private ReadModelBuild NextOf(
        IReadOnlyList<ReadModelBuild> builds, string name, int version, ReadModelBuildState state, long? rateMax) =>
        new(name, builds.Select(build => build.Number).DefaultIfEmpty().Max() + 1, version, state, [], rateMax, Now);

    private async ValueTask Begin(DbTransaction transaction, ReadModelBuild build, CancellationToken cancellation)
    {
        await using var schema = transaction.Command(
            build.Tables.Sql(ProjectionOf(build).Schema(services.Store.Dialect)));
        await schema.ExecuteNonQueryAsync(cancellation);
        await ReadModelBuildTable.Insert(transaction, build, Partitions, cancellation);
    }

    private async ValueTask Drop(DbTransaction transaction, ReadModelBuild build, CancellationToken cancellation)
    {
        await ReadModelBuildTable.Drop(transaction, build, cancellation);
        await ReadModelBuildTable.Update(
            transaction, build with { State = ReadModelBuildState.Dropped, ChangedAt = Now }, cancellation);
    }

    private static async ValueTask<IReadOnlyList<ReadModelBuild>> Read(
        DbTransaction transaction, string name, CancellationToken cancellation) =>
        await ReadModelBuildTable.Read(transaction, name, cancellation);

    // Known here at once; other silos learn it at their next look.
    private async Task<T> Change<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation)
    {
        var result = await services.Store.Change(work, cancellation);
        // It is done: whoever gives up now must still be told of it.
        await Refresh(CancellationToken.None);
        return result;
    }

    private static (string, int, ReadModelBuildState) Identity(ReadModelBuild build) => (build.Name, build.Number, build.State);

    private sealed record Known(
        int Revision, IReadOnlyList<ReadModelBuild> Followed, IReadOnlyDictionary<string, ReadModelBuild> Served);
}

/// <summary>A read model cannot do now what is asked of it. It is told before anything is done.</summary>
[GenerateSerializer, Alias("eventlog.read-model-busy")]
public sealed class ReadModelBusyException : InvalidOperationException
{
    /// <summary>Says why, and what to do about it.</summary>
    public ReadModelBusyException(string message, string remedy)
        : base(message) => Remedy = remedy;

    /// <summary>What to do about it.</summary>
    [Id(0)]
    public string Remedy { get; }
}
