namespace OrleansEs.EventLog.ReadModels;

// Installs the tables of all read models before any grain lives, and then has all parts kept alive.
internal sealed class ReadModelStartup(
    ReadModelBuilds builds, ReadModelServices services, ReadModelKeeper keeper, ReadModelReports reports, EventLogMeter meter)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _keeping = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(ReadModelStartup), ServiceLifecycleStage.RuntimeGrainServices, Install);
        lifecycle.Subscribe(nameof(ReadModelStartup), ServiceLifecycleStage.Active, Start, Stop);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task Install(CancellationToken cancellation)
    {
        services.Options.Validate();
        meter.ObserveParked(services.Parked.Measure);
        await builds.Install(cancellation);
    }

    private Task Start(CancellationToken cancellation)
    {
        _keeping = Task.WhenAll(keeper.Run(_stopping.Token), reports.Run(_stopping.Token));
        return Task.CompletedTask;
    }

    private async Task Stop(CancellationToken cancellation)
    {
        await _stopping.CancelAsync();
        await Task.WhenAny(_keeping, Task.Delay(Timeout.InfiniteTimeSpan, services.Time, cancellation));
    }
}
