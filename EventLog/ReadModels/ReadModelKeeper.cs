using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

// Makes sure that all parts live, so that a backlog is worked off although nothing new is pushed, and that they live where they
// belong: it touches them now and then, and at once when silos come or go.
internal sealed partial class ReadModelKeeper(
    ReadModelPlaces places, ReadModelServices services, IClusterManifestProvider cluster, IGrainFactory grains,
    ILogger<ReadModelKeeper> logger)
{
    // A part whose silo has just died may not be found for a moment.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

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
            var failures = await TouchAll(cancellation);
            if (failures.Count > 0 && !isFailing && !cancellation.IsCancellationRequested)
                LogUntouched(failures.Count, failures[0]);
            isFailing = failures.Count > 0;
            await Pause(change, isFailing ? RetryDelay : services.Options.TouchInterval, cancellation);
        }
        // Enumerators end one thing after the other.
        await Task.WhenAny(change);
    }

    private async Task<List<Exception>> TouchAll(CancellationToken cancellation)
    {
        var touched = await Task.WhenAll(places.Parts().Select(part => Touch(part, cancellation)));
        return [.. touched.OfType<Exception>()];
    }

    private async Task<Exception?> Touch(ReadModelPart part, CancellationToken cancellation)
    {
        try
        {
            await grains.GetGrain<IReadModelGrain>(part.Key).Touch().WaitAsync(TouchMax, services.Time, cancellation);
            return null;
        }
        // It is tried again; by then the part is found, or the next failure tells more.
        catch (Exception failure)
        {
            return failure;
        }
    }

    private async Task Pause(Task change, TimeSpan duration, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pause = Task.Delay(duration, services.Time, ended.Token);
        await Task.WhenAny(change.IsFaulted ? pause : change, pause);
        await ended.CancelAsync();
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{Parts} parts of read models were not reached; they are touched again until they are.")]
    private partial void LogUntouched(int parts, Exception exception);
}
