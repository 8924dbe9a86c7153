using OrleansEs.Benchmarks.Frame;
using OrleansEs.Benchmarks.Workloads;

namespace OrleansEs.Benchmarks;

/// <summary>Something that can be measured.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Description">What it answers.</param>
/// <param name="Measure">Measures it.</param>
internal sealed record Workload(string Name, string Description, Func<Bench, Task> Measure)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        new("commands", "durable commands a second, by callers", DurableCommands.Measure),
        new("lag", "from the acknowledgement until a query shows it, at a fixed rate", PushLag.Measure),
        new("catch-up", "events a second into the read models of a silo that has never seen the log", CatchUp.Measure),
    ];

    /// <summary>For the help text.</summary>
    public static string Descriptions =>
        string.Join("; ", All.Select(workload => $"{workload.Name}: {workload.Description}"));
}
