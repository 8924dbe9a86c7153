using OrleansEs.Benchmarks.Contenders;
using OrleansEs.Benchmarks.Frame;

namespace OrleansEs.Benchmarks.Workloads;

/// <summary>
/// W9: the deposits of W1 on one, two and three silos that share one database, whose log has so many partitions and which append
/// in so many lanes: each combination of the numbers that the run was told. A lane is for each silo.
/// </summary>
internal static class Silos
{
    public static Task Measure(Bench bench)
    {
        var options = bench.Options;
        if (options.Sqlite)
            throw new NotSupportedException("Several silos need PostgreSQL: leave --store sqlite out.");
        if (options.Lanes.Max() > options.Partitions.Min())
            throw new NotSupportedException(
                $"--lanes {options.Lanes.Max()} is more than --partitions {options.Partitions.Min()}: each lane needs one of its own.");
        bench.Report.Floor = DurableCommands.Floor;
        return bench.InTurn(
        [
            DurableCommands.FloorOf(bench),
            .. from paused in options.Paused ? new[] { false, true } : [false]
               from silos in options.Silos
               from partitions in options.Partitions
               from lanes in options.Lanes
               select Contender(bench, new ClusterShape(silos, partitions, lanes), paused),
        ]);
    }

    private static (string, Func<int, string, Task>) Contender(Bench bench, ClusterShape shape, bool paused) =>
        DurableCommands.Contender(
            bench, $"OrleansEs, {shape}{(paused ? ", read models paused" : "")}",
            () => LedgerDepositor.Start(bench, shape, readModels: !paused));
}
