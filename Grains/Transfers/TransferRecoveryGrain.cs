using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansEs.EventLog;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Transfers;

/// <summary>
/// Finds the transfers of one partition that are not at an end and that nobody has moved for a while, and has them go on.
/// It knows them from the read model, so it starts from committed events alone, and a crash costs it nothing.
/// Invariants: one look at a time; a bounded number of transfers on their way; a transfer that does not get on is tried
/// again after a pause that doubles, and never keeps others from their turn.
/// </summary>
[GrainType("transfer-recovery")]
internal sealed partial class TransferRecoveryGrain(
    TransfersUnderWay underWay,
    IOptions<TransferRecoveryOptions> options,
    TimeProvider time,
    IHostApplicationLifetime life,
    ILogger<TransferRecoveryGrain> logger) : Grain, ITransferRecoveryGrain
{
    private const int PageSize = 200;

    // What is remembered of transfers that do not get on; the oldest are forgotten, which only costs a try too early.
    private const int RememberedMax = 10_000;

    private readonly Dictionary<string, Attempts> _attempts = new(StringComparer.Ordinal);
    private TransferUnderWay? _cursor;
    private bool _isAway;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(
            static (grain, cancellation) => grain.Look(cancellation), this,
            new GrainTimerCreationOptions(options.Value.Interval, options.Value.Interval)
            {
                KeepAlive = true,
                Interleave = true,
            });
        return base.OnActivateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task Touch() => Task.CompletedTask;

    // Orleans fires a timer again only after its callback has ended, so looks do not overlap.
    private async Task Look(CancellationToken cancellation)
    {
        var partition = (int)this.GetPrimaryKeyLong();
        try
        {
            var now = time.GetUtcNow();
            var page = await underWay.Read(partition, now - options.Value.IdleMin, _cursor, PageSize, cancellation);
            _isAway = false;
            // Page after page, then from the beginning: those that are stuck at the front do not hide the others.
            _cursor = page.Count == PageSize ? page[^1] : null;
            if (_cursor is null && page.Count == 0)
                _attempts.Clear();
            var due = page.Where(transfer => IsDue(transfer.TransferId, now)).Select(transfer => transfer.TransferId).ToList();
            using var slots = new SemaphoreSlim(options.Value.ParallelMax);
            await Task.WhenAll(due.Select(transferId => Resume(transferId, slots, cancellation)));
        }
        catch (EventLogUnavailableException unavailable)
        {
            // Told once for each outage.
            if (!_isAway)
                LogUnavailable(partition, unavailable);
            _isAway = true;
        }
    }

    private async Task Resume(string transferId, SemaphoreSlim slots, CancellationToken cancellation)
    {
        await slots.WaitAsync(cancellation);
        try
        {
            if (life.ApplicationStopping.IsCancellationRequested)
                return;
            Remember(transferId);
            await GrainFactory.GetGrain<ITransferGrain>(transferId).Resume();
        }
        catch (Exception failure)
        {
            // A silo that stops resumes nothing, and that is no news: it is looked for again after the next start.
            if (!life.ApplicationStopping.IsCancellationRequested)
                LogNotResumed(transferId, _attempts.GetValueOrDefault(transferId).Count, failure);
        }
        finally
        {
            slots.Release();
        }
    }

    private bool IsDue(string transferId, DateTimeOffset now) =>
        !_attempts.TryGetValue(transferId, out var attempts) || attempts.NextAt <= now;

    private void Remember(string transferId)
    {
        var count = _attempts.GetValueOrDefault(transferId).Count + 1;
        if (_attempts.Count >= RememberedMax)
            _attempts.Clear();
        var pause = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(count, 20)));
        _attempts[transferId] = new Attempts(
            count, time.GetUtcNow() + (pause < options.Value.PauseMax ? pause : options.Value.PauseMax));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Transfers of partition {Partition} could not be looked for; it is tried again.")]
    private partial void LogUnavailable(int partition, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Transfer {TransferId} did not go on at attempt {Attempt}; it is tried again after a longer pause.")]
    private partial void LogNotResumed(string transferId, int attempt, Exception exception);

    private readonly record struct Attempts(int Count, DateTimeOffset NextAt);
}
