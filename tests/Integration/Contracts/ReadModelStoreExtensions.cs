using Microsoft.Extensions.Options;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.Contracts;

/// <summary>What tests do with a store of read models, without a silo.</summary>
internal static class ReadModelStoreExtensions
{
    /// <summary>Begins the first build of a read model, as a silo does at its start.</summary>
    public static async Task<ReadModelBuild> Install(this IReadModelStore store, IEventLogReader log, IProjection projection)
    {
        var builds = store.Builds(log, projection);
        await builds.Install(TestContext.Current.CancellationToken);
        return builds.ServedOf(projection.Name)!;
    }

    /// <summary>The builds as a silo that knows the projection sees them.</summary>
    public static ReadModelBuilds Builds(this IReadModelStore store, IEventLogReader log, IProjection projection) => new(
        new ReadModelRegistry([projection]),
        new ReadModelServices(log, store, null!, Options.Create(new ReadModelOptions()), TimeProvider.System));

    public static async Task<long> Position(this IReadModelStore store, ReadModelPart part) =>
        (await store.ReadCheckpoint(part, TestContext.Current.CancellationToken)).Position;

    /// <summary>A commit from a position of a part of which nothing is parked.</summary>
    public static async Task<long?> Commit(
        this IReadModelStore store, ReadModelPart part, long from, long to,
        Func<System.Data.Common.DbTransaction, ValueTask> apply) =>
        (await store.Commit(part, new ReadModelCheckpoint(from, 0, 0), to, apply, TestContext.Current.CancellationToken))?.Position;
}
