using System.Text.RegularExpressions;

namespace OrleansEs.EventLog.ReadModels;

// The read models of this application, known from the start.
// Invariant: a name and version mean one projection, and a name fits into keys and table names.
internal sealed partial class ReadModelRegistry
{
    private readonly Dictionary<(string Name, int Version), IProjection> _projections = [];

    public ReadModelRegistry(IEnumerable<IProjection> projections)
    {
        foreach (var projection in projections)
        {
            if (!NamePattern().IsMatch(projection.Name))
                throw new ArgumentException(
                    $"'{projection.Name}' ({projection.GetType()}) is no name of a read model: it has 1 to 40 lower-case " +
                    "letters, digits and dashes, and begins with a letter.");
            // Its tables would begin like those of a build of another one: accounts-b2 and build 2 of accounts.
            if (BuildPattern().IsMatch(projection.Name))
                throw new ArgumentException(
                    $"'{projection.Name}' ({projection.GetType()}) is no name of a read model: no part of it may look like a build (b1).");
            if (projection.Version < 1)
                throw new ArgumentException(
                    $"The version of read model '{projection.Name}' must be at least 1; it is {projection.Version}.");
            if (!_projections.TryAdd((projection.Name, projection.Version), projection))
                throw new ArgumentException(
                    $"Read model '{projection.Name}' version {projection.Version} is registered twice: " +
                    $"by {_projections[(projection.Name, projection.Version)].GetType()} and by {projection.GetType()}. " +
                    "Give one of them another name or version.");
        }
        All = [.. _projections.Values.OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Version)];
        Names = [.. All.Select(projection => projection.Name).Distinct()];
    }

    public IReadOnlyList<IProjection> All { get; }

    public IReadOnlyList<string> Names { get; }

    public IProjection Find(string name, int version) =>
        _projections.TryGetValue((name, version), out var projection)
            ? projection
            : throw new ArgumentException($"There is no read model '{name}' version {version}.{Remedy()}");

    public bool Has(string name, int version) => _projections.ContainsKey((name, version));

    public int HighestVersion(string name) =>
        All.LastOrDefault(projection => projection.Name == name)?.Version
        ?? throw new ArgumentException($"There is no read model '{name}'.{Remedy()}");

    private string Remedy() =>
        Names.Count == 0 ? " None is registered: use AddReadModel." : $" There are: {string.Join(", ", Names)}.";

    [GeneratedRegex(@"-b\d+(-|\z)")]
    private static partial Regex BuildPattern();

    [GeneratedRegex("^[a-z][a-z0-9-]{0,39}\\z")]
    private static partial Regex NamePattern();
}
