using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

// Makes sure that all parts live, so that a backlog is worked off although nothing new is pushed, and that they live where they
// belong: it touches them now and then, and at once when silos or builds come or go.
internal sealed partial class ReadModelKeeper(
    ReadModelPlaces places, ReadModelBuilds builds, ReadModelServices services, IClusterManifestProvider cluster, IGrainFactory grains,
    ILogger<ReadModelKeeper> logger)
{
    // A part whose silo has just died may not be found for a moment.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    // How long builds that another silo began, or put in another's place, may go unnoticed here.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    // However long a touch takes, silos that come and go meanwhile are not waited for longer than this.
    private static readonly TimeSpan TouchMax = TimeSpan.FromSeconds(5);

    public async Task Run(CancellationToken cancellation)
    {
        // Whoever starts the silo must not wait for grains.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await using var changes = cluster.Updates.GetAsyncEnumerator(cancellation);
        var change = changes.MoveNextAsync().AsTask();
        var isFailing = false;
        while (!cancellation.IsCancellationRequested)
        {
            // Asked for before the touch: what changes during it leads to another one.
            if (change.IsCompletedSuccessfully)
                change = changes.MoveNextAsync().AsTask();
            var revision = builds.Revision;
            var failures = await TouchAll(cancellation);
            if (failures.Count > 0 && !isFailing && !cancellation.IsCancellationRequested)
                LogUntouched(failures.Count, failures[0]);
            isFailing = failures.Count > 0;
            await PauseUntilChanged(change, revision, isFailing ? RetryDelay : services.Options.TouchInterval, cancellation);
        }
        // Enumerators end one thing after the other.
        await Task.WhenAny(change);
    }

    private async Task<List<Exception>> TouchAll(CancellationToken cancellation)
    {
        var parts = places.Parts().Select(part => Touch(grains.GetGrain<IReadModelGrain>(part.Key).Touch(), cancellation));
        var controls = builds.Followed.Select(build => build.Name).Distinct()
            .Select(name => Touch(grains.GetGrain<IReadModelControlGrain>(name).Touch(), cancellation));
        var touched = await Task.WhenAll(parts.Concat(controls));
        return [.. touched.OfType<Exception>()];
    }

    private async Task<Exception?> Touch(Task touching, CancellationToken cancellation)
    {
        try
        {
            await touching.WaitAsync(TouchMax, services.Time, cancellation);
            return null;
        }
        // It is tried again; by then the part is found, or the next failure tells more.
        catch (Exception failure)
        {
            return failure;
        }
    }

    private async Task PauseUntilChanged(Task change, int revision, TimeSpan duration, CancellationToken cancellation)
    {
        var since = services.Time.GetTimestamp();
        while (!cancellation.IsCancellationRequested && !change.IsCompleted && builds.Revision == revision
            && duration - services.Time.GetElapsedTime(since) is var left && left > TimeSpan.Zero)
        {
            await Pause(change, left < LookInterval ? left : LookInterval, cancellation);
            await Look(cancellation);
        }
    }

    private async Task Look(CancellationToken cancellation)
    {
        try
        {
            await builds.Refresh(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The silo stops.
        }
        catch (EventLogUnavailableException unavailable)
        {
            // The parts have more to say about it; what is known here stays true.
            LogNotLooked(unavailable);
        }
    }

    private async Task Pause(Task change, TimeSpan duration, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pause = Task.Delay(duration, services.Time, ended.Token);
        await Task.WhenAny(change.IsFaulted ? pause : change, pause);
        await ended.CancelAsync();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The builds of read models could not be looked up.")]
    private partial void LogNotLooked(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{Parts} parts of read models were not reached; they are touched again until they are.")]
    private partial void LogUntouched(int parts, Exception exception);
}
