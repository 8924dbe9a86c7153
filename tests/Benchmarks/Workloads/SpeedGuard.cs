using System.Text.Json;
using OrleansEs.Benchmarks.Contenders;
using OrleansEs.Benchmarks.Frame;

namespace OrleansEs.Benchmarks.Workloads;

/// <summary>
/// A small fixed measurement for every change: deposits of 64 callers, as a ratio to the floor of the same run, compared with
/// the ratio that is kept beside the code (<c>speed.json</c>). Ratios only, since no two machines are alike; and it warns only,
/// since a busy machine moves those, too.
/// </summary>
internal static class SpeedGuard
{
    // Less than so much of the ratio that is kept is worth a look; noise alone stays above it.
    private const double Tolerated = 0.65;

    private const int Callers = 64;

    private static readonly string s_file = Path.Combine(AppContext.BaseDirectory, "speed.json");

    public static async Task Measure(Bench bench)
    {
        bench.Report.Floor = DurableCommands.Floor;
        var measured = new Bench(
            bench.Options with { Rounds = 1, Duration = TimeSpan.FromSeconds(4), Callers = [Callers], Sqlite = false, Only = null },
            bench.Databases, bench.Report, bench.Cancellation);
        var contenders = new Dictionary<string, Func<Task<IDepositor>>>
        {
            ["OrleansEs"] = () => LedgerDepositor.Start(measured),
            ["OrleansEs, read models paused"] = () => LedgerDepositor.Start(measured, readModels: false),
        };
        await measured.InTurn(
        [
            DurableCommands.FloorOf(measured),
            .. contenders.Select(contender => DurableCommands.Contender(measured, contender.Key, contender.Value)),
        ]);
        var kept = JsonSerializer.Deserialize<Dictionary<string, double>>(
            await File.ReadAllTextAsync(s_file, bench.Cancellation)) ?? [];
        foreach (var contender in contenders.Keys)
            Bench.Say(Compare(contender, bench.Report.Ratio(DurableCommands.Setting(Callers), contender), kept[contender]));
    }

    private static string Compare(string contender, double ratio, double kept) =>
        ratio >= kept * Tolerated
            ? $"speed: {contender} at {Report.Text(ratio)} of the floor; {Report.Text(kept)} is kept"
            : $"warning: {contender} was at {Report.Text(ratio)} of the floor, and {Report.Text(kept)} is kept in speed.json: "
                + "slower than it was, unless the machine was busy; measure again with the workload 'commands'";
}
