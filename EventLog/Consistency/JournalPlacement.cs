using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Activates a journaled grain on the silo that pushes the partition of its journal: its events are then pushed from memory to
/// read models beside it, and no other silo waits for its append. Only a preference: a grain that is active stays where it is when
/// silos come or go, and whoever writes from elsewhere is as right.
/// </summary>
/// <remarks>
/// Where silos have less than two partitions each on average, shares would be uneven, and grains are placed by their own names.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
public sealed class JournalPlacementAttribute() : PlacementAttribute(new JournalPlacement());

// Beside its partition.
internal sealed class JournalPlacement : PlacementStrategy;

internal sealed class JournalPlacementDirector(IEventLogReader log) : IPlacementDirector
{
    private const int PartitionsMin = 2;

    private Known _known = new([], []);

    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        var grain = target.GrainIdentity;
        // A grain whose name is no journal's says so itself when it is activated.
        var owner = silos.Length > 1 && JournalId.TryParse($"{grain.Type}/{grain.Key}", out var journal)
            ? OwnerOf(journal, silos)
            : null;
        return Task.FromResult(owner ?? silos[(int)(grain.GetUniformHashCode() % (uint)silos.Length)]);
    }

    private SiloAddress? OwnerOf(JournalId journal, SiloAddress[] silos)
    {
        var partitions = log.Identity.Partitions;
        if (partitions < silos.Length * PartitionsMin)
            return null;
        var known = _known;
        if (!known.Silos.AsSpan().SequenceEqual(silos))
            _known = known = new Known([.. silos], PartitionShares.Of(partitions, silos));
        return known.Owners[journal.PartitionOf(partitions)];
    }

    private sealed record Known(SiloAddress[] Silos, IReadOnlyList<SiloAddress> Owners);
}
