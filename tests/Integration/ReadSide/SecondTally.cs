using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.ReadSide;

/// <summary>A later version of the tally, which does the same.</summary>
internal sealed class SecondTally : IProjection
{
    private readonly TallyProjection _first = new();

    public string Name => _first.Name;

    public int Version => 2;

    public IReadOnlyCollection<Type> Handles => _first.Handles;

    public string Schema(SqlDialect dialect) => _first.Schema(dialect);

    public ValueTask Apply(IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation) =>
        _first.Apply(events, writes, cancellation);
}
