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
        new("import", "events a second that are brought into an empty log at once", BulkImports.Measure),
        new("journals", "journals of 1,000 to 100,000 events: append, cold load, bytes", LongJournals.Measure),
        new("transfers", "transfers a second, by callers", Transfers.Measure),
        new("queries", "queries a second beside deposits at a fixed rate", Queries.Measure),
        new("idle", "memory of an account that does nothing", IdleAccounts.Measure),
        new("silos", "durable commands a second, by silos, partitions and lanes", Silos.Measure),
        new("guard", "a small run of commands, compared with the ratios that are kept; it warns", SpeedGuard.Measure),
        new("micro", "the parts of a command, without a database", MicroParts.Measure),
    ];

    /// <summary>For the help text.</summary>
    public static string Descriptions =>
        string.Join("; ", All.Select(workload => $"{workload.Name}: {workload.Description}"));
}
