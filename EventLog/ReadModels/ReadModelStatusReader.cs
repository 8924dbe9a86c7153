using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

// Says how read models are doing, from what is written down alone: it wakes no grain and asks no silo.
internal sealed class ReadModelStatusReader(ReadModelRegistry registry, ReadModelServices services, ISiloStatusOracle silos)
{
    // A part is named with all who own it, since two are a conflict: harmless, for the checkpoint fences them, but worth a look.
    private const string SelectOwners = """
        select build, partition, owner, state, error, rate, seen_at
        from read_model_owner
        where read_model = @read_model and seen_at >= @since
        order by seen_at desc
        """;

    // When the first event that is not applied was recorded.
    private const string SelectWaiting = """
        select c.build, c.partition, e.recorded_at
        from read_model_checkpoint c
        join log_event e on e.partition = c.partition and e.position = c.position + 1
        where c.read_model = @read_model
        """;

    private int Partitions => services.Log.Identity.Partitions;

    /// <exception cref="ArgumentException">There is no such read model.</exception>
    public async Task<ReadModelStatus> Read(string name, CancellationToken cancellation)
    {
        registry.HighestVersion(name);
        var heads = await services.Log.ReadHeads(cancellation);
        return await services.Store.Query(connection => Read(connection, name, heads, cancellation), cancellation);
    }

    private async Task<ReadModelStatus> Read(
        DbConnection connection, string name, IReadOnlyList<long> heads, CancellationToken cancellation)
    {
        var now = services.Time.GetUtcNow();
        var builds = await ReadModelBuildTable.ReadWithCheckpoints(connection, name, Partitions, cancellation);
        var owners = (await Owners(connection, name, now, cancellation))
            .ToLookup(owner => (owner.Build, owner.Partition));
        var waiting = (await Waiting(connection, name, cancellation))
            .ToDictionary(part => (part.Build, part.Partition), part => part.Since);
        var statuses = builds
            .OrderByDescending(entry => entry.Build.State == ReadModelBuildState.Live).ThenBy(entry => entry.Build.Number)
            .Select(entry => new ReadModelBuildStatus(
                entry.Build.Number, entry.Build.Version, entry.Build.State, entry.Build.Floor, entry.Build.ChangedAt,
                [.. entry.Checkpoints.Select((checkpoint, partition) => PartOf(
                    partition, checkpoint, heads[partition], [.. owners[(entry.Build.Number, partition)]],
                    waiting.TryGetValue((entry.Build.Number, partition), out var since) ? now - since : TimeSpan.Zero))]))
            .ToArray();
        var isPaused = statuses[0].Parts.Any(part => part.State == ReadModelStates.Paused);
        return new ReadModelStatus(name, isPaused, statuses);
    }

    private static ReadModelPartStatus PartOf(
        int partition, ReadModelCheckpoint checkpoint, long head, IReadOnlyList<Owner> owners, TimeSpan lag) => new(
        partition, checkpoint.Position, Math.Max(head, checkpoint.Position),
        owners.Count switch
        {
            0 => ReadModelStates.Unowned,
            1 => owners[0].State,
            _ => ReadModelStates.Contested,
        },
        owners.Select(owner => owner.Error).FirstOrDefault(error => error is not null),
        string.Join(" and ", owners.Select(owner => owner.Silo).Order(StringComparer.Ordinal)),
        Math.Max(lag.TotalSeconds, 0), owners.Sum(owner => owner.Rate), checkpoint.Parked);

    private async Task<IEnumerable<Owner>> Owners(
        DbConnection connection, string name, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var command = connection.Command(SelectOwners).Bind("@read_model", name)
            .Bind("@since", StoredValues.FromTime(now - ReadModelReports.GoodFor));
        var owners = await command.ReadAll(
            row => new Owner(
                row.GetInt32(0), row.GetInt32(1), row.GetString(2), row.GetString(3),
                row.IsDBNull(4) ? null : row.GetString(4), row.GetInt64(5), StoredValues.ToTime(row.GetInt64(6))),
            cancellation);
        var active = silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Select(silo => silo.ToString()).ToHashSet();
        return owners.Where(owner => active.Contains(owner.Silo) || now - owner.SeenAt <= ReadModelReports.LastWordGoodFor);
    }

    private static async Task<IReadOnlyList<(int Build, int Partition, DateTimeOffset Since)>> Waiting(
        DbConnection connection, string name, CancellationToken cancellation)
    {
        await using var command = connection.Command(SelectWaiting).Bind("@read_model", name);
        return await command.ReadAll(
            row => (row.GetInt32(0), row.GetInt32(1), StoredValues.ToTime(row.GetInt64(2))), cancellation);
    }

    private sealed record Owner(int Build, int Partition, string Silo, string State, string? Error, long Rate, DateTimeOffset SeenAt);
}
