using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace OrleansEs.EventLog.ReadModels;

// One partition's share of a read model as a grain: it gives its follower a place to run, and pushes.
// Reentrant, since queries are parked in it while it goes on.
[Reentrant, KeepAlive, GrainType(ReadModelPlaces.GrainTypeName), ReadModelPlacement, ReadModelVersions]
[ImplicitStreamSubscription(StreamNamespace)]
internal sealed class ReadModelGrain(
    ReadModelBuilds builds, ReadModelServices services, ReadModelPlaces places, ReadModelReports reports,
    ILocalSiloDetails silo, ILogger<ReadModelGrain> logger)
    : Grain, IReadModelGrain, IStreamSubscriptionObserver, IAsyncBatchObserver<CommittedEvent[]>, IDisposable
{
    // The namespace of the streams that carry pushes to read models; a stream's key is its grain's key.
    internal const string StreamNamespace = "readmodel";

    private readonly CancellationTokenSource _deactivated = new();
    private ReadModelPart _part;
    private ReadModelFollower _follower = null!;
    private Task _following = Task.CompletedTask;

    private IReadModelControlGrain Control => GrainFactory.GetGrain<IReadModelControlGrain>(_part.Name);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _part = ReadModelPart.Parse(this.GetPrimaryKeyString());
        if (_part.Partition >= services.Log.Identity.Partitions)
            throw new ArgumentException($"There is no part {_part.Key}: this log has {services.Log.Identity.Partitions} partitions.");
        // A build that has just begun on another silo may not be known here yet.
        if (builds.Find(_part) is null)
            await builds.Refresh(cancellationToken);
        var build = builds.Find(_part) ?? throw new ReadModelGoneException(_part);
        _follower = new ReadModelFollower(build, _part.Partition, builds.ProjectionOf(build), services, logger);
        LimitRate(build);
        reports.Enter(_part, _follower);
        _following = _follower.Run(() => Control.IsPaused(), _deactivated.Token);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        reports.Leave(_part, _follower);
        await _deactivated.CancelAsync();
        // The commit under way ends first, unless Orleans gives up on us; the fence holds in any case.
        await Task.WhenAny(_following, Task.Delay(Timeout.InfiniteTimeSpan, services.Time, cancellationToken));
    }

    public void Dispose() => _deactivated.Dispose();

    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        await handleFactory.Create<CommittedEvent[]>().ResumeAsync(this);

    public Task OnNextAsync(IList<SequentialItem<CommittedEvent[]>> items)
    {
        foreach (var push in items)
            _follower.Offer(push.Item);
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
        if (builds.Find(_part) is { } build)
            LimitRate(build);
        if (_follower.IsGone)
        {
            DeactivateOnIdle();
            return;
        }
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
            silo.SiloAddress.ToString(),
            LagSeconds: 0,
            Rate: 0,
            _follower.Parked);
    }

    public Task<int> Retry(JournalId? journal, string actor) =>
        _follower.Decide((quarantine, cancellation) => quarantine.Retry(journal, actor, cancellation));

    public Task Skip(JournalId journal, long version, string reason, string actor) => _follower.Decide(
        async (quarantine, cancellation) =>
        {
            await quarantine.Skip(journal, version, reason, actor, cancellation);
            return true;
        });

    public Task RebuildKey(JournalId journal, string actor) => _follower.Decide(
        async (quarantine, cancellation) =>
        {
            await quarantine.RebuildKey(journal, actor, cancellation);
            return true;
        });

    // The limit is for the whole build, and for as long as it is being built.
    private void LimitRate(ReadModelBuild build) => _follower.RateMax =
        build is { State: ReadModelBuildState.Building, RateMax: { } rate } ? (double)rate / services.Log.Identity.Partitions : null;
}
