using System.Globalization;

namespace OrleansEs.EventLog;

/// <summary>
/// Which silo all that belongs to a partition lives on: an even share for each, by a rule that all silos compute alike. What is
/// appended, pushed and applied on one silo needs no message, and two silos that append do not wait for each other's locks.
/// </summary>
internal static class PartitionShares
{
    /// <summary>The silo of each partition; empty when there is no silo.</summary>
    /// <param name="partitions">How many partitions the log has.</param>
    /// <param name="silos">The silos, which may be of several generations: one that comes back gets what it had.</param>
    public static IReadOnlyList<SiloAddress> Of(int partitions, IEnumerable<SiloAddress> silos)
    {
        var latest = Latest(silos);
        if (latest.Count == 0)
            return [];
        var items = Enumerable.Range(0, partitions).Select(NameOf).ToArray();
        var owners = EvenShares.Of(items, latest.Keys);
        return [.. items.Select(item => latest[owners[item]])];
    }

    /// <summary>The latest generation of each silo, by its endpoint.</summary>
    public static IReadOnlyDictionary<string, SiloAddress> Latest(IEnumerable<SiloAddress> silos) =>
        silos.GroupBy(silo => silo.Endpoint.ToString()).ToDictionary(group => group.Key, group => group.Max()!, StringComparer.Ordinal);

    private static string NameOf(int partition) => partition.ToString(CultureInfo.InvariantCulture);
}
