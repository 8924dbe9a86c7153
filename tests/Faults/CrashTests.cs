using System.Diagnostics;
using System.Globalization;
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
            var serving = silo;
            await LedgerAudit.CheckReadModels(LogFile.Read(folder.File("log.db")), args => ClientProcess.Json(serving, args));
            Assert.Equal(0, await silo.Terminate(TimeSpan.FromSeconds(10)));
            var lines = LoadHistory.Read(history);
            Assert.True(lines.Count(line => line.IsDone) > Kills, "too little was done for the test to mean anything");
            LedgerAudit.Check(LogFile.Read(folder.File("log.db")), lines);
        }
        finally
        {
            await silo.DisposeAsync();
        }
    }

    private static Task EveryTransferEnds(string log) => Eventually.Holds(
        () => Task.FromResult(LedgerFold.TransfersUnderWay(LogFile.Read(log)).Count == 0), TimeSpan.FromSeconds(90),
        "every transfer is at one end");
}
