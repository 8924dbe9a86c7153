using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

// What compares the read model with its events: all of it when somebody asks, and a journal now and then by itself. Either runs beside
// the grain, which only says how far it is.
internal sealed partial class ReadModelControlGrain
{
    private readonly CancellationTokenSource _deactivated = new();
    private CancellationTokenSource? _stopVerifying;
    private Task _verifying = Task.CompletedTask;
    private Task _sampling = Task.CompletedTask;
    private volatile ReadModelVerification? _verification;

    public Task<ReadModelVerification> Verify()
    {
        if (!_verifying.IsCompleted)
            throw new ReadModelBusyException(
                $"Read model '{Name}' is being verified.", "Wait for it, or cancel it.");
        var begun = new ReadModelVerification
        {
            Name = Name,
            Phase = ReadModelVerification.Waiting,
            StartedAt = services.Time.GetUtcNow(),
        };
        _verification = begun;
        _stopVerifying?.Dispose();
        _stopVerifying = CancellationTokenSource.CreateLinkedTokenSource(_deactivated.Token);
        var stop = _stopVerifying.Token;
        _verifying = Beside(async () => _verification = await checks.Verifier.Verify(begun, now => _verification = now, stop));
        return Task.FromResult(begun);
    }

    public Task<ReadModelVerification?> Verification() => Task.FromResult(_verification);

    public async Task<ReadModelVerification?> CancelVerification()
    {
        if (_verifying.IsCompleted)
            throw new ReadModelBusyException($"Read model '{Name}' is not being verified.", "There is nothing to cancel.");
        await _stopVerifying!.CancelAsync();
        await _verifying;
        return _verification;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _deactivated.CancelAsync();
        await Task.WhenAny(
            Task.WhenAll(_verifying, _sampling), Task.Delay(Timeout.InfiniteTimeSpan, services.Time, cancellationToken));
    }

    public void Dispose()
    {
        _stopVerifying?.Dispose();
        _deactivated.Dispose();
    }

    private void SampleNowAndThen()
    {
        var interval = services.Options.SampleInterval;
        if (interval > TimeSpan.Zero)
            this.RegisterGrainTimer(
                static (grain, _) => grain.SampleOnce(), this,
                new GrainTimerCreationOptions(interval, interval) { Interleave = true });
    }

    private Task SampleOnce() => _sampling = Beside(async () =>
    {
        try
        {
            await checks.Sampler.Sample(Name, _deactivated.Token);
        }
        catch (OperationCanceledException) when (_deactivated.IsCancellationRequested)
        {
            return;
        }
        // The next one may fare better; what goes on for longer, the parts have more to say about.
        catch (Exception failure)
        {
            LogNotSampled(Name, failure);
        }
    });

    // What was left behind by a silo that died while it verified.
    private async Task DropForgottenShadows()
    {
        if (!_verifying.IsCompleted)
            return;
        foreach (var shadow in await builds.Shadows(Name, CancellationToken.None))
        {
            // One may have been begun meanwhile.
            if (!_verifying.IsCompleted)
                return;
            await builds.Drop(Name, shadow.Number, CancellationToken.None);
            LogDropped(Name, shadow.Number);
        }
    }

    // Away from the grain's scheduler: the grain answers meanwhile.
    private static Task Beside(Func<Task> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).Unwrap();

    [LoggerMessage(Level = LogLevel.Warning, Message = "No journal of read model {ReadModel} could be compared; another one is tried.")]
    private partial void LogNotSampled(string readModel, Exception exception);
}

// What compares read models with their events.
internal sealed record ReadModelChecks(ReadModelVerifier Verifier, ReadModelSampler Sampler);
