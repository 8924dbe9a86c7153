using System.Globalization;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace OrleansEs.EventLog.ReadModels;

// One partition's share of a read model as a grain: it gives its follower a place to run, and pushes.
// Reentrant, since queries are parked in it while it goes on.
[Reentrant, KeepAlive, GrainType(ReadModelPlaces.GrainTypeName), ReadModelPlacement, ImplicitStreamSubscription(StreamNamespace)]
internal sealed class ReadModelGrain(
    ReadModelRegistry registry, ReadModelServices services, ReadModelPlaces places, ILocalSiloDetails silo,
    ILogger<ReadModelGrain> logger)
    : Grain, IReadModelGrain, IStreamSubscriptionObserver, IAsyncBatchObserver<CommittedEvent>, IDisposable
{
    // The namespace of the streams that carry pushes to read models; a stream's key is its grain's key.
    internal const string StreamNamespace = "readmodel";

    private readonly CancellationTokenSource _deactivated = new();
    private ReadModelPart _part;
    private ReadModelFollower _follower = null!;
    private Task _following = Task.CompletedTask;

    private IReadModelControlGrain Control => GrainFactory.GetGrain<IReadModelControlGrain>(_part.Name);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _part = ParseKey(this.GetPrimaryKeyString(), services.Log.Identity.Partitions);
        _follower = new ReadModelFollower(_part, registry.Find(_part.Name, _part.Version), services, logger);
        _following = _follower.Run(() => Control.IsPaused(), _deactivated.Token);
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _deactivated.CancelAsync();
        // The commit under way ends first, unless Orleans gives up on us; the fence holds in any case.
        await Task.WhenAny(_following, Task.Delay(Timeout.InfiniteTimeSpan, services.Time, cancellationToken));
    }

    public void Dispose() => _deactivated.Dispose();

    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        await handleFactory.Create<CommittedEvent>().ResumeAsync(this);

    public Task OnNextAsync(IList<SequentialItem<CommittedEvent>> items)
    {
        _follower.Offer([.. items.Select(item => item.Item)]);
        return Task.CompletedTask;
    }

    // A push that could not be delivered is one that was lost.
    public Task OnErrorAsync(Exception ex)
    {
        _follower.Nudge();
        return Task.CompletedTask;
    }

    public Task<long> WaitFor(long position, TimeSpan timeout) => _follower.WaitFor(position, timeout);

    public async Task Touch()
    {
        await _follower.SetPaused(await Control.IsPaused());
        // Silos came or went: it goes on where it belongs now.
        if (places.OwnerOf(_part.Key) is { } owner && !owner.Equals(silo.SiloAddress))
            MigrateOnIdle();
    }

    public async Task<ReadModelPartStatus> Status()
    {
        var heads = await services.Log.ReadHeads(CancellationToken.None);
        return new ReadModelPartStatus(
            _part.Partition,
            _follower.Position,
            heads[_part.Partition],
            _follower.State,
            _follower.Error,
            silo.SiloAddress.ToString());
    }

    private static ReadModelPart ParseKey(string key, int partitions) =>
        key.Split('/') is [var name, var version, var partition]
        && int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var versionNumber)
        && int.TryParse(partition, NumberStyles.None, CultureInfo.InvariantCulture, out var partitionNumber)
        && partitionNumber < partitions
            ? new ReadModelPart(name, versionNumber, partitionNumber)
            : throw new ArgumentException($"'{key}' is no part of a read model; one looks like accounts/1/3.");
}
