using Orleans.Concurrency;

namespace OrleansEs.EventLog.ReadModels;

// What operators say to a read model. Reentrant, since the parts ask back while they are told.
[Reentrant]
internal sealed class ReadModelControlGrain(
    [PersistentState(ReadModelControlGrain.StateName, ReadModelControlGrain.StorageName)] IPersistentState<ReadModelControl> control,
    ReadModelRegistry registry,
    ReadModelServices services)
    : Grain, IReadModelControlGrain
{
    // The Orleans grain storage that keeps the decisions.
    internal const string StorageName = "ReadModels";

    // Rows of that storage are told apart by this name and the grain's key alone, so it says what it is.
    internal const string StateName = "read-model-control";

    private string Name => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (registry.Has(Name, control.State.LiveVersion))
            return;
        control.State.LiveVersion = registry.HighestVersion(Name);
        await control.WriteStateAsync(cancellationToken);
    }

    public async Task<ReadModelStatus> Show()
    {
        var parts = await Task.WhenAll(Parts(control.State.LiveVersion).Select(part => part.Status()));
        return new ReadModelStatus(Name, control.State.LiveVersion, control.State.Paused, parts);
    }

    public Task Pause() => SetPaused(true);

    public Task Resume() => SetPaused(false);

    public Task<bool> IsPaused() => Task.FromResult(control.State.Paused);

    public Task<int> LiveVersion() => Task.FromResult(control.State.LiveVersion);

    // Written first: a part that starts now does as decided, and a part that was not reached is touched again soon.
    private async Task SetPaused(bool paused)
    {
        if (control.State.Paused != paused)
        {
            control.State.Paused = paused;
            await Write();
        }
        var versions = registry.All.Where(projection => projection.Name == Name).Select(projection => projection.Version);
        await Task.WhenAll(versions.SelectMany(Parts).Select(part => part.Touch()));
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

    private IEnumerable<IReadModelGrain> Parts(int version) =>
        Enumerable.Range(0, services.Log.Identity.Partitions)
            .Select(partition => GrainFactory.GetGrain<IReadModelGrain>(new ReadModelPart(Name, version, partition).Key));
}
