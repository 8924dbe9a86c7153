namespace OrleansEs.Faults.Postgres;

/// <summary>Tests of whole clusters run one after the other: they measure times and share the processors with nobody.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ClusterCollection
{
    public const string Name = "clusters";
}
