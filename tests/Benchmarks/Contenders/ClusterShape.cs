using System.Globalization;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>What a cluster is told to have.</summary>
/// <param name="Silos">How many silos.</param>
/// <param name="Partitions">How many partitions its log is created with; null for what a silo chooses.</param>
/// <param name="Lanes">In how many lanes each silo appends; null for what a silo chooses.</param>
internal sealed record ClusterShape(int Silos = 1, int? Partitions = null, int? Lanes = null)
{
    /// <summary>What each silo is told of it.</summary>
    public IEnumerable<string> Options => [.. Option("--partitions", Partitions), .. Option("--append-lanes", Lanes)];

    /// <summary>How a report names it.</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        Count(Silos, "silo"), Partitions is { } partitions ? Count(partitions, "partition") : "",
        Lanes is { } lanes ? Count(lanes, "lane") : "",
    }.Where(part => part.Length > 0));

    private static string Count(int number, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");

    private static string[] Option(string name, int? value) =>
        value is { } number ? [name, number.ToString(CultureInfo.InvariantCulture)] : [];
}
