using System.Globalization;
using System.Text.Json.Nodes;
using OrleansEs.Faults.Harness;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Postgres;

/// <summary>
/// More is asked for than can be done: what can be done is done, and the rest is told so at once. Five times the load comes from one
/// process that throttles itself, as clients do by default, and then once more from one that does not: the silo protects itself against
/// that one, too, and what it costs is reported.
/// </summary>
[Collection(ClusterCollection.Name)]
public sealed class OverloadTests
{
    private const int TimesTheSustainable = 5;

    // What a silo may grow by while it refuses: its queues are bounded, and the collector is lazy when there is memory.
    private const long GrowthBytesMax = 400L << 20;

    // A client that throttles itself has a silo refuse about one command for each that it does, which costs a sixth of that one. The
    // rest of what is lost goes to the callers, who share two cores with silo and PostgreSQL and still make five commands for each.
    private const double GoodputMin = 0.7;

    // The machine is not always as fast, so each round is compared with what was sustained just before and after it, and of three
    // rounds the one in the middle counts.
    private const int RoundsMax = 3;

    // Far below the ten seconds for which these callers would wait.
    private static readonly TimeSpan s_shedMax = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Five_times_the_sustainable_load_leaves_the_goodput_and_sheds_the_rest_at_once()
    {
        var seed = FaultRun.Seed();
        var seconds = FaultRun.Size(8, 60);
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await using var cluster = await ClusterProcesses.Start(connection, silos: 1);
        var silo = cluster.Silos[0];
        // What comes first pays for what is compiled and opened once.
        await Sustain(FaultRun.Size(8, 20));
        var memory = Memory(silo);
        var rounds = new List<Round>();
        var sustained = await Sustain(FaultRun.Size(5, 20));
        while (!IsDecided(rounds))
            rounds.Add(await Measure(throttled: true));
        var unthrottled = await Measure(throttled: false);
        var growth = Memory(silo) - memory;

        FaultRun.Report(
            "F26 five times the load",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{seconds} s each: {string.Join("; ", rounds)}; without the client's throttle: {unthrottled}; "
                + $"memory {growth >> 20} MiB more"),
            seed);
        Assert.False(silo.Process.HasExited);
        Assert.InRange(growth, long.MinValue, GrowthBytesMax);
        Assert.All([.. rounds, unthrottled], round => Assert.Equal(0, (long)round.Load["unknown"]!));
        // In a round in which others let go of the machine, five times of what it did before may be hardly more than it can do now.
        Assert.Contains(rounds, round => (long)round.Load["shed"]! > (long)round.Load["spared"]! && (long)round.Load["spared"]! > 0);
        Assert.Equal(0, (long)unthrottled.Load["spared"]!);
        Assert.True(IsKept(rounds), $"the goodput fell below {GoodputMin:0%} of what was sustained: {string.Join("; ", rounds)}");
        // What the callers wait for their own processor is counted as well.
        Assert.InRange(rounds.Min(round => (double)round.Load["shedP99Ms"]!), 0, s_shedMax.TotalMilliseconds);

        async Task<double> Sustain(int howLong) =>
            (double)(await Load(cluster, seed, "--callers", "256", "--seconds", $"{howLong}"))["commandsPerSecond"]!;

        async Task<Round> Measure(bool throttled)
        {
            var before = sustained;
            var rate = (int)(TimesTheSustainable * before);
            var load = await Load(
                cluster, seed,
                [
                    "--callers", "20000", "--seconds", $"{seconds}", "--rate", rate.ToString(CultureInfo.InvariantCulture),
                    .. throttled ? [] : new[] { "--no-throttle" },
                ]);
            sustained = await Sustain(FaultRun.Size(5, 20));
            return new Round((before + sustained) / 2, rate, load);
        }
    }

    // As soon as most of all rounds agree.
    private static bool IsDecided(List<Round> rounds) =>
        IsKept(rounds) || rounds.Count(round => round.Goodput < GoodputMin) > RoundsMax / 2;

    private static bool IsKept(List<Round> rounds) => rounds.Count(round => round.Goodput >= GoodputMin) > RoundsMax / 2;

    private static Task<JsonNode> Load(ClusterProcesses cluster, int seed, params string[] more) => cluster.Json(
        ["load", "--accounts", "500", "--seed", seed.ToString(CultureInfo.InvariantCulture), "--timeout", "10s", .. more]);

    private static long Memory(SiloProcess silo)
    {
        silo.Process.Refresh();
        return silo.Process.WorkingSet64;
    }

    private sealed record Round(double Sustained, int Rate, JsonNode Load)
    {
        public double Goodput => (double)Load["commandsPerSecond"]! / Sustained;

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Sustained:0}/s sustained, {Rate}/s offered, goodput {Goodput:0%} with p99 {Load["p99Ms"]} ms, {Load["shed"]} refused "
            + $"({Load["spared"]} by the client itself) with p99 {Load["shedP99Ms"]} ms, {Load["notBegun"]} not begun");
    }
}
