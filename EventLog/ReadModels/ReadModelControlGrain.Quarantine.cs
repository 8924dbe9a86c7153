namespace OrleansEs.EventLog.ReadModels;

// What operators say about journals that cannot be applied. The parts do it, each in its own loop.
internal sealed partial class ReadModelControlGrain
{
    public Task<IReadOnlyList<ParkedEvent>> Parked(int countMax) => services.Store.Query(
        connection => ReadModelQuarantineTable.Read(
            connection, Name, Math.Clamp(countMax, 1, OperatorInput.ListMax), CancellationToken.None),
        CancellationToken.None);

    public async Task<int> Retry(JournalId? journal, string actor)
    {
        OperatorInput.CheckActor(actor);
        RefusePaused();
        if (journal is { } one)
        {
            var parked = await ParkedOf(one);
            var counts = await Task.WhenAll(parked.Select(place => PartOf(place.Build, one).Retry(one, actor)));
            return counts.Sum();
        }
        var all = builds.Followed.Where(build => build.Name == Name).SelectMany(build => Parts(build.Number));
        return (await Task.WhenAll(all.Select(part => part.Retry(null, actor)))).Sum();
    }

    public async Task Skip(JournalId journal, long version, string reason, string actor)
    {
        OperatorInput.CheckActor(actor);
        OperatorInput.CheckReason(reason);
        RefusePaused();
        var places = (await ParkedOf(journal)).OrderBy(parked => parked.Version == version ? 0 : 1).ToArray();
        // One build may stand elsewhere; when all do, the first one says so.
        foreach (var place in places.Where(parked => parked.Version == version || parked == places[0]))
            await PartOf(place.Build, journal).Skip(journal, version, reason, actor);
    }

    public async Task RebuildKey(JournalId journal, string actor)
    {
        OperatorInput.CheckActor(actor);
        RefusePaused();
        await builds.Refresh(CancellationToken.None);
        var live = builds.OneOf(Name, ReadModelBuildState.Live) ?? throw new ReadModelBusyException(
            $"Read model '{Name}' has no live build of a version that this silo knows.", "Ask a silo that runs the newer program.");
        await PartOf(live.Number, journal).RebuildKey(journal, actor);
    }

    private void RefusePaused()
    {
        if (control.State.Paused)
            throw new ReadModelBusyException($"Read model '{Name}' is paused.", "Resume it first.");
    }

    private async Task<IReadOnlyList<ParkedEvent>> ParkedOf(JournalId journal)
    {
        var parked = await services.Store.Query(
            connection => ReadModelQuarantineTable.Read(connection, Name, journal, CancellationToken.None), CancellationToken.None);
        return parked.Count > 0 ? parked : throw new ReadModelBusyException(
            $"Journal {journal} is not parked in read model '{Name}'.", $"See what is: readmodel quarantine list {Name}.");
    }

    private IReadModelGrain PartOf(int build, JournalId journal) => GrainFactory.GetGrain<IReadModelGrain>(
        new ReadModelPart(Name, build, journal.PartitionOf(services.Log.Identity.Partitions)).Key);
}
