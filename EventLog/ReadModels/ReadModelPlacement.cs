using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace OrleansEs.EventLog.ReadModels;

// Puts every part of a read model where it belongs.
internal sealed class ReadModelPlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class ReadModelPlacementAttribute() : PlacementAttribute(new ReadModelPlacement());

internal sealed class ReadModelPlacementDirector(ReadModelPlaces places) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        var key = target.GrainIdentity.Key.ToString()!;
        // Where it belongs to nobody, as with a read model that only other silos know, all that matters is that it lives.
        var owner = places.OwnerOf(key) is { } place && silos.Contains(place)
            ? place
            : silos.Min()!;
        return Task.FromResult(owner);
    }
}
