using System.Globalization;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// One filling of a read model's tables, by one version of its projection. A read model has one live build, which queries
/// read; a rebuild fills another one beside it, which then takes its place.
/// </summary>
/// <param name="Name">The read model.</param>
/// <param name="Number">From 1, in the order in which they were begun; never given twice.</param>
/// <param name="Version">The version of the projection that fills it.</param>
/// <param name="State">What it is for.</param>
/// <param name="Floor">
/// Of the live build, the positions that had been shown when it became live: nobody is shown less from then on. Empty for the
/// first one.
/// </param>
/// <param name="RateMax">At most so many events a second while it is being built; null for as many as there is time for.</param>
/// <param name="ChangedAt">When it came into this state, UTC.</param>
public sealed record ReadModelBuild(
    string Name, int Number, int Version, ReadModelBuildState State, IReadOnlyList<long> Floor, long? RateMax,
    DateTimeOffset ChangedAt)
{
    /// <summary>Its tables.</summary>
    public ReadModelTables Tables { get; } = new(Name, Number);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}/{Number}");
}

/// <summary>What a build of a read model is for.</summary>
public enum ReadModelBuildState
{
    /// <summary>It is being filled, and takes the live one's place when it has caught up.</summary>
    Building,

    /// <summary>Queries read it.</summary>
    Live,

    /// <summary>It was live before, and follows on, so that a rollback costs nothing.</summary>
    Previous,

    /// <summary>Its tables are gone.</summary>
    Dropped,

    /// <summary>It is filled to be compared with the live one, and goes then. No silo follows or reads it.</summary>
    Shadow,
}
