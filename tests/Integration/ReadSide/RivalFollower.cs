using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.ReadSide;

/// <summary>
/// Another owner of a part, as after a split brain, or with a clock of its own: it is no grain, and knows nothing of the one there
/// is.
/// </summary>
internal sealed class RivalFollower : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskFactory _scheduler = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
    private readonly ReadModelFollower _follower;
    private readonly Task _running;

    public RivalFollower(ReadSideHost host, int partition, TimeProvider time, ReadModelOptions? options = null)
    {
        var services = new ReadModelServices(
            host.Log, host.Services.GetRequiredService<IReadModelStore>(), host.Services.GetRequiredService<IEventSerializer>(),
            Options.Create(options ?? host.Services.GetRequiredService<IOptions<ReadModelOptions>>().Value), time);
        _follower = new ReadModelFollower(
            host.Services.GetRequiredService<ReadModelBuilds>().ServedOf(ReadSideHost.ReadModel)!, partition,
            host.Services.GetServices<IProjection>().Single(projection => projection.Name == ReadSideHost.ReadModel), services,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        _running = _scheduler.StartNew(() => _follower.Run(() => Task.FromResult(false), _stop.Token)).Unwrap();
    }

    public string? Error => _follower.Error;

    public long Position => _follower.Position;

    public int Parked => _follower.Parked;

    /// <summary>Has all that is parked tried again by this owner.</summary>
    public Task Retry() => _scheduler.StartNew(
        () => _follower.Decide((quarantine, cancellation) => quarantine.Retry(null, "ann", cancellation)),
        TestContext.Current.CancellationToken).Unwrap();

    public Task Nudge() => _scheduler.StartNew(_follower.Nudge, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}
