using System.Collections.Frozen;

namespace OrleansEs.EventLog.ReadModels;

// Which silo hosts which part: an even share for each active silo, the same seen from everywhere. Silos may see the membership
// at different moments; then a part moves once more, or lives twice for a while, which the fence makes harmless.
internal sealed class ReadModelPlaces(
    ReadModelRegistry registry, ReadModelServices services, IClusterMembershipService membership)
{
    private Known _known = new(MembershipVersion.MinValue, FrozenDictionary<string, SiloAddress>.Empty);

    // All parts of all read models.
    public IEnumerable<ReadModelPart> Parts() =>
        from projection in registry.All
        from partition in Enumerable.Range(0, services.Log.Identity.Partitions)
        select new ReadModelPart(projection.Name, projection.Version, partition);

    // Null when no silo is active yet, or no such part is known here.
    public SiloAddress? OwnerOf(string key)
    {
        var snapshot = membership.CurrentSnapshot;
        var known = _known;
        if (known.Version != snapshot.Version)
            _known = known = new Known(snapshot.Version, Share(snapshot));
        return known.Owners.GetValueOrDefault(key);
    }

    // By address without generation: a silo that comes back gets what it had.
    private FrozenDictionary<string, SiloAddress> Share(ClusterMembershipSnapshot snapshot)
    {
        var active = snapshot.Members.Values.Where(member => member.Status == SiloStatus.Active)
            .GroupBy(member => member.SiloAddress.Endpoint.ToString())
            .ToDictionary(group => group.Key, group => group.Max(member => member.SiloAddress)!, StringComparer.Ordinal);
        return EvenShares.Of(Parts().Select(part => part.Key), active.Keys)
            .ToFrozenDictionary(share => share.Key, share => active[share.Value], StringComparer.Ordinal);
    }

    private sealed record Known(MembershipVersion Version, FrozenDictionary<string, SiloAddress> Owners);
}
