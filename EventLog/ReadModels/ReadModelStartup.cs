using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

// Installs the tables of all read models before any grain lives, and then makes sure that all parts live, so that a
// backlog is worked off although nothing new is pushed.
internal sealed partial class ReadModelStartup(
    ReadModelRegistry registry, ReadModelServices services, IGrainFactory grains, ILogger<ReadModelStartup> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _touching = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(ReadModelStartup), ServiceLifecycleStage.RuntimeGrainServices, Install);
        lifecycle.Subscribe(nameof(ReadModelStartup), ServiceLifecycleStage.Active, Start, Stop);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task Install(CancellationToken cancellation)
    {
        services.Options.Validate();
        foreach (var projection in registry.All)
            await services.Store.Install(projection, cancellation);
    }

    private Task Start(CancellationToken cancellation)
    {
        _touching = TouchNowAndThen(_stopping.Token);
        return Task.CompletedTask;
    }

    private async Task Stop(CancellationToken cancellation)
    {
        await _stopping.CancelAsync();
        await Task.WhenAny(_touching, Task.Delay(Timeout.InfiniteTimeSpan, services.Time, cancellation));
    }

    private async Task TouchNowAndThen(CancellationToken cancellation)
    {
        // Whoever starts the silo must not wait for grains.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!cancellation.IsCancellationRequested)
        {
            await Task.WhenAll(Parts().Select(Touch)).WaitAsync(cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(services.Options.TouchInterval, services.Time, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Touch(ReadModelPart part)
    {
        try
        {
            await grains.GetGrain<IReadModelGrain>(part.Key).Touch();
        }
        catch (Exception failure)
        {
            LogUntouched(part.Key, failure);
        }
    }

    private IEnumerable<ReadModelPart> Parts() =>
        from projection in registry.All
        from partition in Enumerable.Range(0, services.Log.Identity.Partitions)
        select new ReadModelPart(projection.Name, projection.Version, partition);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Read model {ReadModel} was not reached; it will be tried again.")]
    private partial void LogUntouched(string readModel, Exception exception);
}
