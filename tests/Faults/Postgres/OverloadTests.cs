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

    // Whoever refuses a call, and whoever makes it, pays what a call that does nothing costs, about 9 µs of the two processors that
    // they share here with PostgreSQL. At 18,000 sustained commands a second, four times as many refusals are a third of the machine.
    private const double GoodputMin = 0.6;

    // Far below the ten seconds for which these callers would wait.
    private static readonly TimeSpan s_shedMax = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Five_times_the_sustainable_load_leaves_the_goodput_and_sheds_the_rest_at_once()
    {
        var seed = FaultRun.Seed();
        var seconds = FaultRun.Size(6, 60);
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await using var cluster = await ClusterProcesses.Start(connection, silos: 1);
        var silo = cluster.Silos[0];
        // What comes first pays for what is compiled and opened once.
        await Load(cluster, seed, "--callers", "256", "--seconds", "4");
        var peak = await Load(cluster, seed, "--callers", "256", "--seconds", $"{Math.Min(seconds, 20)}");
        var sustainable = (double)peak["commandsPerSecond"]!;
        var before = Memory(silo);

        var rate = (int)(TimesTheSustainable * sustainable);
        var over = await Load(
            cluster, seed, "--callers", "20000", "--seconds", $"{seconds}", "--rate", rate.ToString(CultureInfo.InvariantCulture));
        var growth = Memory(silo) - before;
        await Load(cluster, seed, "--callers", "16", "--seconds", "2");

        var share = (double)over["commandsPerSecond"]! / sustainable;
        FaultRun.Report(
            "F26 five times the load",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{sustainable:0}/s sustained, {rate}/s offered for {seconds} s: goodput {share:0%}, {over["shed"]} shed with p99 "
                + $"{over["shedP99Ms"]} ms, accepted p99 {over["p99Ms"]} ms, {over["notBegun"]} not begun, memory {growth >> 20} MiB more"),
            seed);
        Assert.False(silo.Process.HasExited);
        Assert.True((long)over["shed"]! > 0, "nothing was shed, so this was no overload");
        Assert.Equal(0, (long)over["unknown"]!);
        Assert.InRange(growth, long.MinValue, GrowthBytesMax);
        Assert.True(share >= GoodputMin, $"the goodput fell to {share:0%} of what was sustained");
        // The callers share the processors with the silo they overload, and what they wait for those is counted as well.
        Assert.InRange((double)over["shedP99Ms"]!, 0, s_shedMax.TotalMilliseconds);
    }

    private static Task<JsonNode> Load(ClusterProcesses cluster, int seed, params string[] more) => cluster.Json(
        ["load", "--accounts", "500", "--seed", seed.ToString(CultureInfo.InvariantCulture), "--timeout", "10s", .. more]);

    private static long Memory(SiloProcess silo)
    {
        silo.Process.Refresh();
        return silo.Process.WorkingSet64;
    }
}
