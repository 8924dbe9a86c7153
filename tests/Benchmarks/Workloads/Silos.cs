using OrleansEs.Benchmarks.Contenders;
using OrleansEs.Benchmarks.Frame;

namespace OrleansEs.Benchmarks.Workloads;

/// <summary>W9: the deposits of W1 on one, two and three silos that share one database.</summary>
internal static class Silos
{
    public static Task Measure(Bench bench)
    {
        if (bench.Options.Sqlite)
            throw new NotSupportedException("Several silos need PostgreSQL: leave --store sqlite out.");
        bench.Report.Floor = DurableCommands.Floor;
        return bench.InTurn(
        [
            DurableCommands.FloorOf(bench),
            .. Enumerable.Range(1, 3).Select(silos => DurableCommands.Contender(
                bench, $"OrleansEs, {silos} silo{(silos == 1 ? "" : "s")}", () => LedgerDepositor.Start(bench, silos))),
        ]);
    }
}
