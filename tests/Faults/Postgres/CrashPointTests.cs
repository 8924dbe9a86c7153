using System.Globalization;
using OrleansEs.Faults.Harness;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Postgres;

/// <summary>
/// A silo ends just where it hurts: between a commit and its answer, and between the rows of a read model and the checkpoint.
/// </summary>
[Collection(ClusterCollection.Name)]
public sealed class CrashPointTests
{
    [Theory]
    [InlineData("append.before-commit", 40)]
    [InlineData("append.after-commit", 40)]
    [InlineData("checkpoint.before-commit", 120)]
    [InlineData("checkpoint.after-commit", 120)]
    public async Task A_crash_at_a_commit_loses_nothing_and_does_nothing_twice(string point, int passesMax)
    {
        var seed = FaultRun.Seed();
        var random = new Random(seed);
        var crashes = FaultRun.Size(1, 10);
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await using var cluster = await ClusterProcesses.Start(connection, silos: 1);
        await using var callers = await LedgerCallers.Start(
            [await cluster.Connect()], accounts: 8, movers: 4, TimeSpan.FromSeconds(3), seed);
        for (var crash = 0; crash < crashes; crash++)
        {
            // It joins the one that lives, takes over half of its work, and crashes in the midst of it.
            var doomed = await cluster.StartDoomed(
                "--fail-points", string.Create(CultureInfo.InvariantCulture, $"{point}=kill@{random.Next(1, passesMax)}"));
            Assert.True(doomed.ExitCode == 128 + 9, $"{doomed.ExitCode} {doomed.Stderr}");
            await callers.Acknowledge(20);
        }

        var history = await callers.Stop();
        var log = await PostgresLog.WhenTransfersEnded(connection);
        LedgerAudit.Check(log, history);
        await LedgerAudit.CheckReadModels(log, cluster.Json);
        FaultRun.Report(
            $"F11/F12 crash at `{point}`",
            $"{crashes} crashes, {history.Count(line => line.IsDone)} acknowledged, 0 lost, 0 doubled", seed);
    }

    [Theory]
    [InlineData("append.after-commit=throw%3")]
    [InlineData("append.before-commit=throw%3;checkpoint.before-commit=throw%3;checkpoint.after-commit=throw%3")]
    public async Task Failures_at_commits_that_leave_the_silo_alive_are_told_as_what_they_are(string points)
    {
        var seed = FaultRun.Seed();
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await using var cluster = await ClusterProcesses.Start(connection, silos: 1, "orleanses", "--fail-points", points);
        await using var callers = await LedgerCallers.Start(
            [await cluster.Connect()], accounts: 8, movers: 4, TimeSpan.FromSeconds(3), seed);
        await callers.Acknowledge(FaultRun.Size(200, 2_000));

        var history = await callers.Stop();
        var log = await PostgresLog.WhenTransfersEnded(connection);
        LedgerAudit.Check(log, history);
        await LedgerAudit.CheckReadModels(log, cluster.Json);
    }

    [Fact]
    public async Task Fail_points_are_refused_in_production()
    {
        using var folder = new TempFolder();
        var production = Programs.Of("Silo", folder.Path, ["--fail-points", "append.after-commit=kill"]);
        production.Environment["DOTNET_ENVIRONMENT"] = "Production";
        using var process = System.Diagnostics.Process.Start(production)!;

        var ended = await Ended.Of(process, TimeSpan.FromSeconds(60));

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("Production", ended.Stderr, StringComparison.Ordinal);
    }
}
