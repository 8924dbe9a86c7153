using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.Hosting;

/// <summary>
/// Signs of life of a silo that is not yet active. Without them it looks at the entries of dead silos once, when it begins to
/// join: entries that become stale a moment later are then waited for until the start is given up, because nothing in the
/// membership changes that would make it look again.
/// </summary>
internal sealed partial class JoiningHeartbeat(
    IServiceProvider services, ILocalSiloDetails silo, TimeProvider time, ILogger<JoiningHeartbeat> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    // The joining silo reads the membership once a second.
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _active = new();
    private Task _beating = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle)
    {
        // The entry is there from the stage before on; it is validated in the stage after.
        lifecycle.Subscribe(
            nameof(JoiningHeartbeat), ServiceLifecycleStage.AfterRuntimeGrainServices + 1, _ => Begin(), _ => End());
        lifecycle.Subscribe(nameof(JoiningHeartbeat), ServiceLifecycleStage.Active, _ => End(), static _ => Task.CompletedTask);
    }

    public void Dispose() => _active.Dispose();

    private Task Begin()
    {
        _beating = Beat(services.GetRequiredService<IMembershipTable>());
        return Task.CompletedTask;
    }

    private async Task End()
    {
        await _active.CancelAsync();
        await _beating;
    }

    private async Task Beat(IMembershipTable table)
    {
        using var timer = new PeriodicTimer(s_period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_active.Token))
                await Beat(table, time.GetUtcNow().UtcDateTime);
        }
        catch (OperationCanceledException)
        {
            // It is active, or the start was given up.
        }
    }

    private async Task Beat(IMembershipTable table, DateTime now)
    {
        try
        {
            await table.UpdateIAmAliveAsync(
                new MembershipEntry { SiloAddress = silo.SiloAddress, IAmAliveTime = now }, _active.Token);
        }
        // The loop's edge: the next beat follows in a second, and joining itself tells what is wrong with the database.
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogMissed(logger, failure);
        }
    }

    [LoggerMessage(1151, LogLevel.Warning, "A sign of life could not be written while joining; the next one follows.")]
    private static partial void LogMissed(ILogger logger, Exception failure);
}
