using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

// How far a build is at one moment, and what it leaves out up to there: with the log, all that its rows follow from.
internal sealed record ReadModelMoment(IReadOnlyList<PartMoment> Parts)
{
    // What was skipped by decision in this build itself. A decision of another build is said again in this one when it is followed.
    private const string SelectSkipped =
        """
        select partition, journal, version, position
        from read_model_decision
        where read_model = @read_model and build = @build and decision = 'skip' and version is not null
        """;

    public long Events => Parts.Sum(part => part.Position);

    public IReadOnlyList<LogPosition> Positions =>
        [.. Parts.Select((part, partition) => new LogPosition(partition, part.Position))];

    /// <exception cref="ReadModelGoneException">The build was dropped.</exception>
    public static async Task<ReadModelMoment> Read(
        DbConnection connection, ReadModelBuild build, int partitions, CancellationToken cancellation)
    {
        var entries = await ReadModelBuildTable.ReadWithCheckpoints(connection, build.Name, partitions, cancellation);
        var checkpoints = entries.FirstOrDefault(entry => entry.Build.Number == build.Number).Checkpoints
            ?? throw new ReadModelGoneException(new ReadModelPart(build.Name, build.Number, 0));
        var skipped = (await ReadSkipped(connection, build, cancellation)).ToLookup(skip => skip.Partition);
        var parts = new PartMoment[partitions];
        for (var partition = 0; partition < partitions; partition++)
        {
            var parked = checkpoints[partition].Parked == 0 ? [] : await ReadModelQuarantineTable.Read(
                connection, new ReadModelPart(build.Name, build.Number, partition), cancellation);
            parts[partition] = new PartMoment(
                checkpoints[partition].Position,
                parked.ToDictionary(one => one.Journal, one => (one.Version, one.At.Position)),
                // An event that was skipped twice is left out once.
                skipped[partition].GroupBy(skip => (skip.Journal, skip.Version))
                    .ToDictionary(skips => skips.Key, skips => skips.First().Position));
        }
        return new ReadModelMoment(parts);
    }

    private static async Task<IReadOnlyList<(int Partition, JournalId Journal, long Version, long Position)>> ReadSkipped(
        DbConnection connection, ReadModelBuild build, CancellationToken cancellation)
    {
        await using var command = connection.Command(SelectSkipped)
            .Bind("@read_model", build.Name).Bind("@build", build.Number);
        return await command.ReadAll(
            row => (row.GetInt32(0), JournalId.Parse(row.GetString(1)), row.GetInt64(2), row.GetInt64(3)), cancellation);
    }
}

// Of one partition. Parked: by journal, the first event that is not applied. Skipped: where the event stands.
internal sealed record PartMoment(
    long Position,
    IReadOnlyDictionary<JournalId, (long Version, long Position)> Parked,
    IReadOnlyDictionary<(JournalId Journal, long Version), long> Skipped)
{
    public static readonly PartMoment Beginning = new(
        0, new Dictionary<JournalId, (long, long)>(), new Dictionary<(JournalId, long), long>());

    public bool LeavesOut(CommittedEvent committed) =>
        Skipped.ContainsKey((committed.Journal, committed.Version))
        || (Parked.TryGetValue(committed.Journal, out var parked) && committed.Version >= parked.Version);

    // Whether the rows of one journal follow from the same events of it at both moments, up to a version.
    public bool TellsTheSameOf(JournalId journal, PartMoment other) =>
        Parked.GetValueOrDefault(journal) == other.Parked.GetValueOrDefault(journal)
        && Skipped.Keys.Where(skip => skip.Journal == journal).ToHashSet()
            .SetEquals(other.Skipped.Keys.Where(skip => skip.Journal == journal));
}
