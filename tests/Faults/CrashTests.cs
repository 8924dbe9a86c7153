using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using OrleansEs.Faults.Harness;

namespace OrleansEs.Faults;

/// <summary>A silo is killed again and again while callers work; nothing that was acknowledged is lost or done twice.</summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Kills = 10;

    [Fact]
    public async Task Killing_the_silo_ten_times_under_load_loses_and_doubles_nothing()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var folder = new TempFolder();
        var history = folder.File("history.jsonl");
        var port = Programs.FreePort();
        var silo = await SiloProcess.Start(folder.Path, gatewayPort: port);
        try
        {
            using var load = Process.Start(Programs.Of("Client", folder.Path,
            [
                "load", "--accounts", "12", "--callers", "12", "--seconds", "3600", "--mix", "transfers", "--timeout", "3s",
                "--seed", seed.ToString(CultureInfo.InvariantCulture), "--history", history, "--json", "--gateway", silo.Gateway,
            ]))!;
            try
            {
                for (var kill = 0; kill < Kills; kill++)
                {
                    await LoadHistory.Grows(history, LoadHistory.Read(history).Count + random.Next(1, 150));
                    await silo.Kill();
                    silo = await SiloProcess.Start(folder.Path, gatewayPort: port);
                }
                await LoadHistory.Grows(history, LoadHistory.Read(history).Count + 50);
                Programs.Signal(load, Programs.SigInt);
                var ended = await Ended.Of(load, TimeSpan.FromSeconds(60));
                output.WriteLine(ended.Stdout);
                Assert.Equal(0, ended.ExitCode);
            }
            finally
            {
                if (!load.HasExited)
                    load.Kill();
            }
            await EveryTransferEnds(folder.File("log.db"));
            await CheckReadModels(silo, LogFile.Read(folder.File("log.db")));
            Assert.Equal(0, await silo.Terminate(TimeSpan.FromSeconds(10)));
            CheckHistory(LoadHistory.Read(history), LogFile.Read(folder.File("log.db")));
        }
        finally
        {
            await silo.DisposeAsync();
        }
    }

    private static Task EveryTransferEnds(string log) => Eventually.Holds(
        () => Task.FromResult(LogFile.TransfersUnderWay(LogFile.Read(log)).Count == 0), TimeSpan.FromSeconds(90),
        "every transfer is at one end");

    private static void CheckHistory(IReadOnlyList<LoadHistory.Line> history, IReadOnlyList<LogFile.Row> log)
    {
        Assert.True(history.Count(line => line.IsDone) > Kills, "too little was done for the test to mean anything");
        foreach (var journal in log.GroupBy(row => row.Journal))
            Assert.Equal(Enumerable.Range(1, journal.Count()).Select(version => (long)version), journal.Select(row => row.Version));
        var commands = log.GroupBy(row => (row.Journal, row.CommandId)).ToDictionary(
            command => command.Key, command => command.Select(row => row.CommandIndex).ToArray());
        foreach (var line in history.Where(line => line.IsDone))
        {
            Assert.True(commands.TryGetValue((line.Journal, line.CommandId), out var indexes), $"{line} is not in the log");
            Assert.Equal(Enumerable.Range(0, indexes!.Length), indexes);
        }
        // A transfer that was acknowledged as done is completed, and one that was refused is not.
        var completed = log.Where(row => row.Type == "transfer.completed").Select(row => row.Journal).ToHashSet();
        foreach (var line in history.Where(line => line.Kind == "CreateTransfer" && line.Status is "done" or "refused"))
            Assert.Equal(line.IsDone, completed.Contains(line.Journal));
        // Opened and paid for once each: a deposit that had been done twice would show in the fold.
        Assert.All(
            log.Where(row => row.Type == "account.deposited").GroupBy(row => row.Journal), account => Assert.Single(account));
    }

    private static async Task CheckReadModels(SiloProcess silo, IReadOnlyList<LogFile.Row> log)
    {
        var heads = (await ClientProcess.Json(silo, "log", "stats"))["partitions"]!.AsArray()
            .Where(partition => (long)partition!["head"]! > 0)
            .SelectMany(partition => new[] { "--after-token", $"{partition!["partition"]}:{partition["head"]}" });
        var accounts = await ClientProcess.Json(silo, ["query", "accounts", "--take", "1000", "--timeout", "60s", .. heads]);
        var shown = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var account in accounts["items"]!.AsArray())
        {
            foreach (var balance in account!["balances"]!.AsArray())
            {
                shown.Add($"{account["id"]} {balance!["asset"]}", Decimal(balance["balance"]));
                Assert.Equal(0m, Decimal(balance["held"]));
            }
        }
        Assert.Equal(LogFile.Balances(log).OrderBy(pair => pair.Key), shown.OrderBy(pair => pair.Key));

        var sums = (await ClientProcess.Json(silo, "query", "totals"))["sums"]!.AsArray();
        Assert.All(sums, sum => Assert.Equal((0m, 0m), (Decimal(sum!["difference"]), Decimal(sum["inTransit"]))));
        Assert.Equal(shown.Values.Sum(), Decimal(Assert.Single(sums)!["accounts"]));
    }

    private static decimal Decimal(JsonNode? text) => decimal.Parse((string)text!, CultureInfo.InvariantCulture);
}
