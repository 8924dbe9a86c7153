using System.Globalization;
using OrleansEs.Faults.Harness;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Postgres;

/// <summary>
/// The commit reaches PostgreSQL and its answer does not reach the silo: nobody is told "failed" about something that is in the
/// log, and the same command id tells every caller the true first outcome.
/// </summary>
[Collection(ClusterCollection.Name)]
public sealed class AmbiguousCommitTests
{
    // Rare enough for callers to get on, often enough for the cuts to be many.
    private const double Probability = 0.1;

    [Fact]
    public async Task Of_many_commits_whose_answer_was_cut_off_none_is_doubled_and_none_is_wrongly_called_failed()
    {
        var seed = FaultRun.Seed();
        var cuts = FaultRun.Size(100, 1_000);
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await using var proxy = TcpProxy.Before(connection);
        await using var cluster = await ClusterProcesses.Start(proxy.ConnectionString, silos: 2);
        await using var callers = await LedgerCallers.Start(
            [await cluster.Connect()], accounts: 12, movers: 6, TimeSpan.FromSeconds(5), seed);

        var lost = new CutPlan(CutPoint.AfterCommit, seed, Probability, cuts);
        proxy.Cut(lost);
        await lost.Done.WaitAsync(TimeSpan.FromSeconds(FaultRun.Size(60, 900)), TestContext.Current.CancellationToken);
        // And some that never arrived, which look the same from the silo.
        var unsent = new CutPlan(CutPoint.BeforeForwarding, seed, Probability, cuts / 5);
        proxy.Cut(unsent);
        await unsent.Done.WaitAsync(TimeSpan.FromSeconds(FaultRun.Size(60, 900)), TestContext.Current.CancellationToken);
        proxy.Cut(null);
        await callers.Acknowledge(50);

        var history = await callers.Stop();
        Assert.DoesNotContain(history, line => line.Status is "unknown" or "unavailable");
        var log = await PostgresLog.WhenTransfersEnded(connection);
        LedgerAudit.Check(log, history);
        await LedgerAudit.CheckReadModels(log, cluster.Json);
        FaultRun.Report(
            "F07 ambiguous commits",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{lost.Cuts} cut after the commit, {unsent.Cuts} before the server; {history.Count(line => line.IsDone)} acknowledged, "
                + $"0 doubled, 0 wrongly called failed; {callers.Attempts.Count(attempt => !attempt.Succeeded)} tries to be repeated"),
            seed);
    }
}
