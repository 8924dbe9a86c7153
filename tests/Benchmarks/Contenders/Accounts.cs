namespace OrleansEs.Benchmarks.Contenders;

/// <summary>The accounts that all contenders work on.</summary>
internal static class Accounts
{
    /// <summary>How many there are, where a workload does not say otherwise.</summary>
    public const int Count = 1_000;

    /// <summary>All ids.</summary>
    public static IReadOnlyList<string> Ids { get; } = [.. Enumerable.Range(0, Count).Select(Id)];

    /// <summary>The id of one.</summary>
    public static string Id(int number) => $"bench-{number}";
}
