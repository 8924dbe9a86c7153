using OrleansEs.EventLog.Consistency;

namespace OrleansEs.Integration.ReadSide;

/// <summary>Says where it is.</summary>
public interface IPlacedGrain : IGrainWithStringKey
{
    Task<string> Silo();
}

// Its type and key name a journal of the tests, as those of a journaled grain do.
[GrainType("test"), JournalPlacement]
internal sealed class PlacedGrain(ILocalSiloDetails silo) : Grain, IPlacedGrain
{
    public Task<string> Silo() => Task.FromResult(silo.SiloAddress.ToString());
}
