using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace OrleansEs.EventLog.ReadModels;

// What operators say to a read model. Reentrant, since the parts ask back while they are told.
[Reentrant]
internal sealed partial class ReadModelControlGrain(
    [PersistentState(ReadModelControlGrain.StateName, ReadModelControlGrain.StorageName)] IPersistentState<ReadModelControl> control,
    ReadModelRegistry registry,
    ReadModelBuilds builds,
    ReadModelServices services,
    ReadModelStatusReader statuses,
    ReadModelChecks checks,
    ILogger<ReadModelControlGrain> logger)
    : Grain, IReadModelControlGrain, IDisposable
{
    // The Orleans grain storage that keeps the decisions.
    internal const string StorageName = "ReadModels";

    // Rows of that storage are told apart by this name and the grain's key alone, so it says what it is.
    internal const string StateName = "read-model-control";

    // How far a build may be behind the live one when it takes its place: queries wait until it has caught up, which takes
    // milliseconds.
    private const long BehindMax = 200;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);

    private IGrainTimer? _looking;
    private bool _isLooking;

    private string Name => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        registry.HighestVersion(Name);
        SampleNowAndThen();
        return Task.CompletedTask;
    }

    // What is written down, and what the parts say of themselves beside it. A build of a version that is not known here has no parts
    // to ask: it is built ahead of its silos.
    public async Task<ReadModelStatus> Show()
    {
        var known = await statuses.Read(Name, CancellationToken.None);
        var shown = known.Builds.Select(build => registry.Has(Name, build.Version) ? AskParts(build) : Task.FromResult(build));
        return new ReadModelStatus(Name, control.State.Paused, await Task.WhenAll(shown));
    }

    public Task Pause() => SetPaused(true);

    public Task Resume() => SetPaused(false);

    public Task<bool> IsPaused() => Task.FromResult(control.State.Paused);

    public async Task<ReadModelStatus> Rebuild(long? rateMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rateMax ?? 1, 1, nameof(rateMax));
        if (control.State.Paused)
            throw new ReadModelBusyException($"Read model '{Name}' is paused.", "Resume it first.");
        var begun = await builds.Begin(Name, rateMax, CancellationToken.None);
        LogBegun(Name, begun.Number, begun.Version);
        await TouchParts(begun);
        Look();
        return await Show();
    }

    public async Task<ReadModelStatus> Cancel()
    {
        await builds.Refresh(CancellationToken.None);
        var build = builds.OneOf(Name, ReadModelBuildState.Building)
            ?? throw new ReadModelBusyException($"No build of read model '{Name}' is under way.", "There is nothing to cancel.");
        await builds.Drop(Name, build.Number, CancellationToken.None);
        LogDropped(Name, build.Number);
        return await Show();
    }

    public async Task<ReadModelStatus> RollBack()
    {
        await builds.Refresh(CancellationToken.None);
        var previous = builds.OneOf(Name, ReadModelBuildState.Previous)
            ?? throw new ReadModelBusyException(
                $"Read model '{Name}' has no build that was live before.", "Rebuild it, if its rows are wrong.");
        await MakeLive(previous);
        return await Show();
    }

    public async Task Touch()
    {
        await DropWhatNobodyGoesBackTo();
        await DropForgottenShadows();
        if (builds.OneOf(Name, ReadModelBuildState.Building) is not null)
            Look();
    }

    // While a build is under way it is looked after often, until it is live or gone.
    private void Look() => _looking ??= this.RegisterGrainTimer(
        static (grain, cancellation) => grain.LookAtBuild(cancellation), this,
        new GrainTimerCreationOptions(LookInterval, LookInterval) { Interleave = true, KeepAlive = true });

    private async Task LookAtBuild(CancellationToken cancellation)
    {
        if (_isLooking)
            return;
        _isLooking = true;
        try
        {
            var building = builds.OneOf(Name, ReadModelBuildState.Building);
            if (building is null)
            {
                _looking?.Dispose();
                _looking = null;
            }
            else if (await IsNear(building, cancellation))
                await MakeLive(building);
        }
        catch (Exception failure) when (failure is EventLogUnavailableException or OutcomeUnknownException)
        {
            LogNotLooked(Name, failure);
        }
        finally
        {
            _isLooking = false;
        }
    }

    // It has seen all that the live one shows, but for what a moment brings.
    private async Task<bool> IsNear(ReadModelBuild building, CancellationToken cancellation)
    {
        var entries = await services.Store.Query(
            connection => ReadModelBuildTable.ReadWithCheckpoints(
                connection, Name, services.Log.Identity.Partitions, cancellation),
            cancellation);
        var next = entries.FirstOrDefault(entry => entry.Build.Number == building.Number).Checkpoints;
        var live = entries.FirstOrDefault(entry => entry.Build.State == ReadModelBuildState.Live).Checkpoints;
        // One that leaves more out than the live one is no better; it is shown, and whoever wants it skips what fails.
        if (next is null || live is null || next.Sum(part => part.Parked) > live.Sum(part => part.Parked))
            return false;
        var heads = await services.Log.ReadHeads(cancellation);
        // One that may not hurry is near only when what is missing takes it no longer than the others.
        var behindMax = building.RateMax is { } rate ? Math.Min(BehindMax, rate / next.Length / 10) : BehindMax;
        return next.Index().All(part =>
            Math.Max(live[part.Index].Position, heads[part.Index]) - part.Item.Position <= behindMax);
    }

    private async Task MakeLive(ReadModelBuild build)
    {
        var live = await builds.MakeLive(Name, build.Number, CancellationToken.None);
        LogLive(Name, live.Number, live.Version, live.Floor);
        await TouchParts(live);
    }

    private async Task DropWhatNobodyGoesBackTo()
    {
        if (builds.OneOf(Name, ReadModelBuildState.Previous) is not { } previous
            || services.Time.GetUtcNow() - previous.ChangedAt < services.Options.RollbackKept)
            return;
        await builds.Drop(Name, previous.Number, CancellationToken.None);
        LogDropped(Name, previous.Number);
    }

    private async Task<ReadModelBuildStatus> AskParts(ReadModelBuildStatus build)
    {
        var asked = await Task.WhenAll(Parts(build.Number).Select(part => part.Status()));
        return build with
        {
            Parts = [.. build.Parts.Zip(asked, (known, said) => said with { LagSeconds = known.LagSeconds, Rate = known.Rate })],
        };
    }

    // Written first: a part that starts now does as decided, and a part that was not reached is touched again soon.
    private async Task SetPaused(bool paused)
    {
        if (control.State.Paused != paused)
        {
            control.State.Paused = paused;
            await Write();
        }
        await Task.WhenAll(builds.Followed.Where(build => build.Name == Name).Select(TouchParts));
    }

    // A decision that could not be kept must not be followed either.
    private async Task Write()
    {
        try
        {
            await control.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }
    }

    private Task TouchParts(ReadModelBuild build) => Task.WhenAll(Parts(build.Number).Select(part => part.Touch()));

    private IEnumerable<IReadModelGrain> Parts(int build) =>
        Enumerable.Range(0, services.Log.Identity.Partitions).Select(partition =>
            GrainFactory.GetGrain<IReadModelGrain>(new ReadModelPart(Name, build, partition).Key));

    [LoggerMessage(Level = LogLevel.Information, Message = "Build {Build} of read model {ReadModel}, version {Version}, has begun.")]
    private partial void LogBegun(string readModel, int build, int version);

    [LoggerMessage(Level = LogLevel.Information,
        Message = "Build {Build} of read model {ReadModel}, version {Version}, is live from positions {Positions} on.")]
    private partial void LogLive(string readModel, int build, int version, IReadOnlyList<long> positions);

    [LoggerMessage(Level = LogLevel.Information, Message = "Build {Build} of read model {ReadModel} was dropped.")]
    private partial void LogDropped(string readModel, int build);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The build of read model {ReadModel} could not be looked after; it is tried again.")]
    private partial void LogNotLooked(string readModel, Exception exception);
}
