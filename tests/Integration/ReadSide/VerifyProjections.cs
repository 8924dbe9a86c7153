using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.ReadSide;

/// <summary>One row for each partition: the rows of one journal are not its own.</summary>
internal sealed class PartitionTotal : IProjection
{
    public const string ModelName = "total";

    private static readonly RowStatement s_add = new(
        """
        insert into {total} (partition, events)
        select rows.partition, 1
        from rows
        on conflict (partition) do update
        set events = {total}.events + 1
        """,
        RowColumn.Number("partition"));

    public string Name => ModelName;

    public int Version => 1;

    public IReadOnlyCollection<Type> Handles => [typeof(Added)];

    public string Schema(SqlDialect dialect) => "create table {total} (partition bigint not null primary key, events bigint not null)";

    public async ValueTask Apply(IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation)
    {
        foreach (var projected in events)
        {
            writes.Add(s_add, projected.Committed.At.Partition);
            await writes.Flush(cancellation);
        }
    }
}

/// <summary>Its rows cannot be told apart.</summary>
internal sealed class Keyless : IProjection
{
    public const string ModelName = "keyless";

    public string Name => ModelName;

    public int Version => 1;

    public IReadOnlyCollection<Type> Handles => [typeof(Added)];

    public string Schema(SqlDialect dialect) => "create table {line} (text text)";

    public ValueTask Apply(IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation) => default;
}
