using Microsoft.Extensions.Logging;
using OrleansEs.EventLog;

namespace OrleansEs.Grains.Transfers;

// Keeps a recovery grain alive for every partition, also after the silo that hosted it is gone.
internal sealed partial class TransferRecoveryStartup(
    IEventLogReader log, IGrainFactory grains, TimeProvider time, ILogger<TransferRecoveryStartup> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan TouchInterval = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private Task _touching = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(TransferRecoveryStartup), ServiceLifecycleStage.Active, Start, Stop);

    public void Dispose() => _stopping.Dispose();

    private Task Start(CancellationToken cancellation)
    {
        _touching = TouchNowAndThen(_stopping.Token);
        return Task.CompletedTask;
    }

    private async Task Stop(CancellationToken cancellation)
    {
        await _stopping.CancelAsync();
        await Task.WhenAny(_touching, Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation));
    }

    private async Task TouchNowAndThen(CancellationToken cancellation)
    {
        // Whoever starts the silo must not wait for grains.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!cancellation.IsCancellationRequested)
        {
            await Task.WhenAll(Enumerable.Range(0, log.Identity.Partitions).Select(Touch)).WaitAsync(cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(TouchInterval, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Touch(int partition)
    {
        try
        {
            await grains.GetGrain<ITransferRecoveryGrain>(partition).Touch();
        }
        catch (Exception failure)
        {
            LogUntouched(partition, failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The recovery of transfers of partition {Partition} was not reached; it is tried again.")]
    private partial void LogUntouched(int partition, Exception exception);
}
