using System.Globalization;
using System.Text.Json.Nodes;
using OrleansEs.Faults.Harness;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Postgres;

/// <summary>More is asked for than can be done: what can be done is done, and the rest is told so at once.</summary>
[Collection(ClusterCollection.Name)]
public sealed class OverloadTests
{
    private const int TimesTheSustainable = 5;

    // What a silo may grow by while it refuses: its queues are bounded, and the collector is lazy when there is memory.
    private const long GrowthBytesMax = 400L << 20;

    // A client that throttles itself has a silo refuse about one command for each that it does, and refuses the others for a tenth of
    // what a call costs. What remains is that the callers who offer five times the load share two cores with those who work.
    private const double GoodputMin = 0.7;

    // Far below the ten seconds for which these callers would wait.
    private static readonly TimeSpan s_shedMax = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Five_times_the_sustainable_load_leaves_the_goodput_and_sheds_the_rest_at_once()
    {
        var seed = FaultRun.Seed();
        var seconds = FaultRun.Size(6, 60);
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await using var cluster = await ClusterProcesses.Start(connection, silos: 1);
        var silo = cluster.Silos[0];
        // What comes first pays for what is compiled and opened once.
        await Sustain(4);
        var before = await Sustain(Math.Min(seconds, 20));
        var rate = (int)(TimesTheSustainable * before);
        var memory = Memory(silo);

        var over = await Offer();
        var after = await Sustain(Math.Min(seconds, 20));
        var unthrottled = await Offer("--no-throttle");
        var growth = Memory(silo) - memory;
        await Sustain(2);

        // The machine does not always do the same, so it is asked before and after.
        var sustainable = (before + after) / 2;
        var goodput = (double)over["commandsPerSecond"]! / sustainable;
        FaultRun.Report(
            "F26 five times the load",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{before:0} and {after:0}/s sustained before and after, {rate}/s offered for {seconds} s: "
                + $"{Figures(over, sustainable)}; without the client's throttle: {Figures(unthrottled, sustainable)}; "
                + $"memory {growth >> 20} MiB more"),
            seed);
        Assert.False(silo.Process.HasExited);
        Assert.InRange(growth, long.MinValue, GrowthBytesMax);
        Assert.All([over, unthrottled], load =>
        {
            Assert.True((long)load["shed"]! > 0, "nothing was shed, so this was no overload");
            Assert.Equal(0, (long)load["unknown"]!);
        });
        Assert.True(goodput >= GoodputMin, $"the goodput fell to {goodput:0%} of what was sustained");
        // The callers share the processors with the silo they overload, and what they wait for those is counted as well.
        Assert.InRange((double)over["shedP99Ms"]!, 0, s_shedMax.TotalMilliseconds);

        async Task<double> Sustain(int howLong) =>
            (double)(await Load(cluster, seed, "--callers", "256", "--seconds", $"{howLong}"))["commandsPerSecond"]!;

        Task<JsonNode> Offer(params string[] more) => Load(
            cluster, seed,
            ["--callers", "20000", "--seconds", $"{seconds}", "--rate", rate.ToString(CultureInfo.InvariantCulture), .. more]);
    }

    private static string Figures(JsonNode load, double sustainable) => string.Create(
        CultureInfo.InvariantCulture,
        $"goodput {(double)load["commandsPerSecond"]! / sustainable:0%} with p99 {load["p99Ms"]} ms, {load["shed"]} refused "
        + $"({load["spared"]} by the client itself) with p99 {load["shedP99Ms"]} ms, {load["notBegun"]} not begun");

    private static Task<JsonNode> Load(ClusterProcesses cluster, int seed, params string[] more) => cluster.Json(
        ["load", "--accounts", "500", "--seed", seed.ToString(CultureInfo.InvariantCulture), "--timeout", "10s", .. more]);

    private static long Memory(SiloProcess silo)
    {
        silo.Process.Refresh();
        return silo.Process.WorkingSet64;
    }
}
