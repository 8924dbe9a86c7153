using System.Collections.Frozen;
using Orleans.Metadata;

namespace OrleansEs.EventLog.ReadModels;

// Which silo hosts which part: an even share for each active silo that can, the same seen from everywhere. All parts of one
// partition live together, on the silo that pushes it: an event then wakes one silo, needs no message, and the rows of all read
// models share a commit. Where there are more silos than partitions, each part has its own place instead, so that none is idle.
// Silos may hear of each other at different moments; then a part moves once more, or lives twice for a while, which the fence
// makes harmless.
internal sealed class ReadModelPlaces(
    ReadModelBuilds builds, ReadModelServices services, IClusterManifestProvider cluster)
{
    // The type of the grains, as silos name it to each other.
    public const string GrainTypeName = "eventlog.read-model";

    private static readonly GrainType s_grainType = GrainType.Create(GrainTypeName);

    private Known? _known;

    // All parts of all builds that are known here.
    public IEnumerable<ReadModelPart> Parts() =>
        from build in builds.Followed
        from partition in Enumerable.Range(0, services.Log.Identity.Partitions)
        select new ReadModelPart(build.Name, build.Number, partition);

    // Null when no silo is active yet, or no such part is known here.
    public SiloAddress? OwnerOf(string key)
    {
        var (manifest, revision, known) = (cluster.Current, builds.Revision, _known);
        if (known?.Version != manifest.Version || known.Revision != revision)
            _known = known = new Known(manifest.Version, revision, Share(manifest));
        return known.Owners.GetValueOrDefault(key);
    }

    // A silo counts from the moment at which its grain types are known here, and not before: nothing could be placed on it.
    private FrozenDictionary<string, SiloAddress> Share(ClusterManifest manifest)
    {
        var partitions = services.Log.Identity.Partitions;
        var silos = PartitionShares.Latest(
            manifest.Silos.Where(silo => silo.Value.Grains.ContainsKey(s_grainType)).Select(silo => silo.Key));
        if (silos.Count > partitions)
        {
            return EvenShares.Of(Parts().Select(part => part.Key), silos.Keys)
                .ToFrozenDictionary(share => share.Key, share => silos[share.Value], StringComparer.Ordinal);
        }
        var owners = PartitionShares.Of(partitions, silos.Values);
        return owners.Count == 0
            ? FrozenDictionary<string, SiloAddress>.Empty
            : Parts().ToFrozenDictionary(part => part.Key, part => owners[part.Partition], StringComparer.Ordinal);
    }

    private sealed record Known(MajorMinorVersion Version, int Revision, FrozenDictionary<string, SiloAddress> Owners);
}
