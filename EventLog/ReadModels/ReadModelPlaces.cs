using System.Collections.Frozen;
using Orleans.Metadata;

namespace OrleansEs.EventLog.ReadModels;

// Which silo hosts which part: an even share for each active silo that has the code of its version, the same seen from everywhere.
// All parts of one partition live together, on the silo that pushes it: an event then wakes one silo, needs no message, and the rows
// of all read models share a commit. Where there are more silos than partitions, each part has its own place instead, so that none is
// idle. Silos may hear of each other at different moments; then a part moves once more, or lives twice for a while, which the fence
// makes harmless.
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
    private FrozenDictionary<string, SiloAddress> Share(ClusterManifest manifest)
    {
        var silos = PartitionShares.Latest(manifest.Silos.Keys.Where(silo => manifest.Silos[silo].Grains.ContainsKey(s_grainType)));
        SiloAddress[] HostsOf(ReadModelBuild build) =>
            [.. silos.Values.Where(silo => ReadModelVersionsAttribute.Knows(manifest.Silos[silo].Grains[s_grainType], build)).Order()];
        // Those that the same silos can host are shared out together. Some may be known to others only, and change nothing here.
        return builds.Followed.Select(build => (Build: build, Hosts: HostsOf(build)))
            .GroupBy(entry => string.Join(' ', entry.Hosts.AsEnumerable()), StringComparer.Ordinal)
            .SelectMany(alike => Share([.. alike.SelectMany(entry => PartsOf(entry.Build))], alike.First().Hosts))
            .ToFrozenDictionary(StringComparer.Ordinal);
    }

    private IEnumerable<KeyValuePair<string, SiloAddress>> Share(IReadOnlyList<ReadModelPart> parts, SiloAddress[] hosts)
    {
        var partitions = services.Log.Identity.Partitions;
        if (hosts.Length > partitions)
        {
            var silos = PartitionShares.Latest(hosts);
            return EvenShares.Of(parts.Select(part => part.Key), silos.Keys)
                .Select(share => KeyValuePair.Create(share.Key, silos[share.Value]));
        }
        var owners = PartitionShares.Of(partitions, hosts);
        return owners.Count == 0 ? [] : parts.Select(part => KeyValuePair.Create(part.Key, owners[part.Partition]));
    }

    private IEnumerable<ReadModelPart> PartsOf(ReadModelBuild build) =>
        Enumerable.Range(0, services.Log.Identity.Partitions).Select(partition => new ReadModelPart(build.Name, build.Number, partition));

    private sealed record Known(MajorMinorVersion Version, int Revision, FrozenDictionary<string, SiloAddress> Owners);
}
