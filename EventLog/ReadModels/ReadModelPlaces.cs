using System.Collections.Frozen;
using Orleans.Metadata;

namespace OrleansEs.EventLog.ReadModels;

// Which silo hosts which part: an even share for each active silo that has the code of its version, the same seen from everywhere.
// Silos may hear of each other at different moments; then a part moves once more, or lives twice for a while, which the fence makes
// harmless.
internal sealed class ReadModelPlaces(
    ReadModelBuilds builds, ReadModelServices services, IClusterManifestProvider cluster)
{
    // The type of the grains, as silos name it to each other.
    public const string GrainTypeName = "eventlog.read-model";

    private static readonly GrainType s_grainType = GrainType.Create(GrainTypeName);

    private Known? _known;

    // All parts of all builds that are known here.
    public IEnumerable<ReadModelPart> Parts() => builds.Followed.SelectMany(PartsOf);

    // Null when no silo is active yet, or no such part is known here.
    public SiloAddress? OwnerOf(string key)
    {
        var (manifest, revision, known) = (cluster.Current, builds.Revision, _known);
        if (known?.Version != manifest.Version || known.Revision != revision)
            _known = known = new Known(manifest.Version, revision, Share(manifest));
        return known.Owners.GetValueOrDefault(key);
    }

    // A silo counts from the moment at which its grain types are known here, and not before: nothing could be placed on it.
    // By address without generation, so that a silo that comes back gets what it had.
    private FrozenDictionary<string, SiloAddress> Share(ClusterManifest manifest)
    {
        var silos = manifest.Silos.Where(silo => silo.Value.Grains.ContainsKey(s_grainType))
            .GroupBy(silo => silo.Key.Endpoint.ToString())
            .ToDictionary(group => group.Key, group => group.MaxBy(silo => silo.Key), StringComparer.Ordinal);
        string[] HostsOf(ReadModelBuild build) =>
        [
            .. silos.Where(silo => ReadModelVersionsAttribute.Knows(silo.Value.Value.Grains[s_grainType], build))
                .Select(silo => silo.Key).Order(StringComparer.Ordinal),
        ];
        // Those that the same silos can host are shared out together. Some may be known to others only, and change nothing here.
        return builds.Followed.Select(build => (Build: build, Hosts: HostsOf(build)))
            .GroupBy(entry => string.Join(' ', entry.Hosts), StringComparer.Ordinal)
            .SelectMany(alike => EvenShares.Of(
                alike.SelectMany(entry => PartsOf(entry.Build)).Select(part => part.Key), alike.First().Hosts))
            .ToFrozenDictionary(share => share.Key, share => silos[share.Value].Key, StringComparer.Ordinal);
    }

    private IEnumerable<ReadModelPart> PartsOf(ReadModelBuild build) =>
        Enumerable.Range(0, services.Log.Identity.Partitions).Select(partition => new ReadModelPart(build.Name, build.Number, partition));

    private sealed record Known(MajorMinorVersion Version, int Revision, FrozenDictionary<string, SiloAddress> Owners);
}
