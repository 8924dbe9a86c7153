using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// Builds a new version of a read model before the silos that know it are deployed: in a process of its own, beside the silos
/// that are at work. They go on with their version; the new silos find the build done and make it live.
/// </summary>
public sealed class ReadModelBuilder
{
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMilliseconds(200);

    private readonly ReadModelRegistry _registry;
    private readonly ReadModelBuilds _builds;
    private readonly ReadModelServices _services;
    private readonly ILogger<ReadModelBuilder> _logger;

    internal ReadModelBuilder(
        ReadModelRegistry registry, ReadModelBuilds builds, ReadModelServices services, ILogger<ReadModelBuilder> logger) =>
        (_registry, _builds, _services, _logger) = (registry, builds, services, logger);

    /// <summary>The read models that this process knows.</summary>
    public IReadOnlyList<string> Names => _registry.Names;

    /// <summary>
    /// Builds the highest version that this process knows, or goes on where an earlier call was stopped, until nothing is behind.
    /// </summary>
    /// <param name="name">The read model.</param>
    /// <param name="progress">Is told five times a second how many events are applied, and how many there are.</param>
    /// <param name="cancellation">Stops; what is built so far stays.</param>
    /// <exception cref="ArgumentException">There is no such read model.</exception>
    /// <exception cref="ReadModelBusyException">That version is live already.</exception>
    /// <exception cref="EventLogUnavailableException">The database cannot be read or written now.</exception>
    public async Task<ReadModelBuild> Build(
        string name, IProgress<(long Applied, long Events)> progress, CancellationToken cancellation)
    {
        var build = await _builds.BeginAhead(name, cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var followers = Enumerable.Range(0, _services.Log.Identity.Partitions).Select(partition =>
            new ReadModelFollower(build, partition, _builds.ProjectionOf(build), _services, _logger)).ToArray();
        var running = Task.WhenAll(followers.Select(follower => Run(follower, stop.Token)));
        try
        {
            await WaitUntilDone(followers, progress, cancellation);
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }
        return build;
    }

    private async Task WaitUntilDone(
        ReadModelFollower[] followers, IProgress<(long Applied, long Events)> progress, CancellationToken cancellation)
    {
        while (true)
        {
            var heads = await _services.Log.ReadHeads(cancellation);
            progress.Report((followers.Sum(follower => follower.Position), heads.Sum()));
            if (followers.Index().All(entry => entry.Item.Position >= heads[entry.Index]))
                return;
            if (followers.FirstOrDefault(follower => follower.Error is not null) is { Error: { } error })
                throw new EventLogUnavailableException($"The build stands {error}");
            await Task.Delay(s_lookInterval, _services.Time, cancellation);
        }
    }

    // A follower is for one thread at a time, as in its grain.
    private static Task Run(ReadModelFollower follower, CancellationToken cancellation) => Task.Factory.StartNew(
        () => follower.Run(() => Task.FromResult(false), cancellation),
        CancellationToken.None, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();
}
