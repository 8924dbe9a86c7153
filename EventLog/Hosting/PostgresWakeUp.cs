using OrleansEs.EventLog.Postgres;

namespace OrleansEs.EventLog.Hosting;

/// <summary>
/// Ties the telling and hearing of commits to the silo's life: it begins before anybody follows the log, and ends before the
/// appender does, since nobody hangs on the last word of a silo that stops.
/// </summary>
internal sealed class PostgresWakeUp(PostgresAnnouncer announcer, PostgresListener listener, ISiloStatusOracle silos)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(PostgresWakeUp), ServiceLifecycleStage.First + 1, Start, Stop);

    public void Dispose() => _stopping.Dispose();

    private Task Start(CancellationToken cancellation)
    {
        _running = Task.WhenAll(announcer.Run(IsAlone, _stopping.Token), listener.Run(announcer.Sender, _stopping.Token));
        return Task.CompletedTask;
    }

    // Another cluster on the same log, which there is by mistake only, finds the commits when it looks.
    private bool IsAlone() => silos.GetApproximateSiloStatuses(onlyActive: true).Count <= 1;

    private async Task Stop(CancellationToken cancellation)
    {
        await _stopping.CancelAsync();
        await _running;
    }
}
