using System.Diagnostics;
using System.Globalization;
using OrleansEs.Faults.Harness;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Postgres;

/// <summary>Silos of a cluster are killed while callers work; the others take over, and nothing is lost or done twice.</summary>
[Collection(ClusterCollection.Name)]
public sealed class SiloKillTests
{
    private const int Accounts = 12;

    // A dead silo is out after 5 s; the rest is for a machine that is busy with three silos, a database and their callers.
    private static readonly TimeSpan s_recoveryMax = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Killing_silos_of_three_at_random_moments_and_all_at_once_loses_and_doubles_nothing()
    {
        var seed = FaultRun.Seed();
        var random = new Random(seed);
        var kills = FaultRun.Size(2, 30);
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await using var cluster = await ClusterProcesses.Start(connection);
        var history = Path.Combine(cluster.Folder, "history.jsonl");
        using var load = Load(cluster, history, seed);
        var recovered = new List<TimeSpan>();
        var coldStarts = new List<TimeSpan>();
        try
        {
            await using var callers = await LedgerCallers.Start(
                [await cluster.Connect()], Accounts, movers: 0, TimeSpan.FromSeconds(3), seed);
            await LoadHistory.Grows(history, 50);
            for (var kill = 1; kill <= kills; kill++)
            {
                await callers.Acknowledge(random.Next(1, 200));
                recovered.AddRange(await KillOne(cluster, callers, random.Next(cluster.Silos.Count)));
                if (kill % 5 == 0 || kill == kills)
                {
                    await callers.Acknowledge(random.Next(1, 200));
                    coldStarts.Add(await KillAll(cluster, callers));
                }
            }
            await callers.Acknowledge(50);
            Programs.Signal(load, Programs.SigInt);
            Assert.Equal(0, (await Ended.Of(load, TimeSpan.FromSeconds(90))).ExitCode);
            await callers.Stop();
            await Audit(connection, cluster, [.. callers.History, .. LoadHistory.Read(history)], kills);
            FaultRun.Report("F01 `kill -9` of one silo of three", Figures(kills, callers.History, history, recovered), seed);
            FaultRun.Report("F02 `kill -9` of all silos", Figures(coldStarts), seed);
            Assert.InRange(recovered.Max(), TimeSpan.Zero, s_recoveryMax);
        }
        finally
        {
            if (!load.HasExited)
                load.Kill();
        }
    }

    private static Process Load(ClusterProcesses cluster, string history, int seed) => Process.Start(Programs.Of("Client", cluster.Folder,
    [
        "load", "--accounts", "12", "--callers", "8", "--seconds", "3600", "--mix", "transfers", "--timeout", "3s",
        "--seed", seed.ToString(CultureInfo.InvariantCulture), "--history", history, "--json", .. cluster.ClientOptions,
    ]))!;

    // How long the accounts that lived on it could not be used.
    private static async Task<IEnumerable<TimeSpan>> KillOne(ClusterProcesses cluster, LedgerCallers callers, int victim)
    {
        var affected = await callers.LivingOn(cluster.Silos[victim].SiloPort);
        var moment = Stopwatch.GetTimestamp();
        await cluster.Silos[victim].Kill();
        var times = await FirstSuccesses(callers, moment, affected);
        await cluster.Start(victim);
        return times;
    }

    private static async Task<TimeSpan> KillAll(ClusterProcesses cluster, LedgerCallers callers)
    {
        await cluster.KillAll();
        var moment = Stopwatch.GetTimestamp();
        await cluster.StartAll();
        return (await FirstSuccesses(callers, moment, callers.Accounts)).Max();
    }

    private static async Task<IReadOnlyList<TimeSpan>> FirstSuccesses(
        LedgerCallers callers, long moment, IReadOnlyCollection<string> accounts)
    {
        IReadOnlyDictionary<string, TimeSpan> times = callers.FirstSuccessAfter(moment);
        await Eventually.Holds(
            () => Task.FromResult(accounts.All((times = callers.FirstSuccessAfter(moment)).ContainsKey)),
            TimeSpan.FromSeconds(90), "every account can be used again");
        return [.. accounts.Select(account => times[account])];
    }

    private static async Task Audit(
        string connection, ClusterProcesses cluster, IReadOnlyList<LoadHistory.Line> history, int kills)
    {
        Assert.True(history.Count(line => line.IsDone) > kills, "too little was done for the test to mean anything");
        var log = await PostgresLog.WhenTransfersEnded(connection);
        LedgerAudit.Check(log, history);
        await LedgerAudit.CheckReadModels(log, cluster.Json);
    }

    private static string Figures(
        int kills, IReadOnlyList<LoadHistory.Line> history, string load, List<TimeSpan> recovered)
    {
        var acknowledged = history.Concat(LoadHistory.Read(load)).Count(line => line.IsDone);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{kills} kills, {acknowledged} acknowledged, 0 lost, 0 doubled; ")
            + $"{recovered.Count} affected accounts back after {Figures(recovered)}";
    }

    private static string Figures(List<TimeSpan> times)
    {
        times.Sort();
        return times.Count == 0 ? "-" : string.Create(
            CultureInfo.InvariantCulture, $"p50 {times[times.Count / 2].TotalSeconds:0.0} s, max {times[^1].TotalSeconds:0.0} s");
    }
}
