using OrleansEs.Client;
using OrleansEs.Faults.Harness;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Postgres;

/// <summary>A log is copied from silos that are at work, and never to such.</summary>
[Collection(ClusterCollection.Name)]
public sealed class LogCopyTests
{
    [Fact]
    public async Task A_log_is_copied_while_its_silos_work_and_a_target_that_silos_work_on_is_refused()
    {
        var server = await PostgresServer.Shared();
        var (from, to) = (await server.CreateDatabase(), await server.CreateDatabase());
        await using var cluster = await ClusterProcesses.Start(from, silos: 1);
        await using (var callers = await LedgerCallers.Start(
            [await cluster.Connect()], accounts: 6, movers: 3, TimeSpan.FromSeconds(5), seed: 1))
        {
            await callers.Acknowledge(60);
            await Copied(from, to);
            await callers.Acknowledge(60);
            await callers.Stop();
        }
        await PostgresLog.WhenTransfersEnded(from);

        var refused = await ClientProcess.Call("log", "copy", "--from", to, "--to", from);
        Assert.Equal(ExitCodes.Unavailable, refused.ExitCode);
        Assert.Matches("^log-not-opened: Silos are at work on the database .*: 127.0.0.1:[0-9]+; stop them", refused.Stderr);

        // What came meanwhile.
        await Copied(from, to);
        await using var moved = await ClusterProcesses.Start(to, silos: 1);
        var log = await PostgresLog.WhenTransfersEnded(to);
        await LedgerAudit.CheckReadModels(log, moved.Json);
        await LedgerAudit.CheckReadModels(await PostgresLog.WhenTransfersEnded(from), moved.Json);
    }

    private static async Task Copied(string from, string to)
    {
        var ended = await ClientProcess.Call("log", "copy", "--from", from, "--to", to);
        Assert.True(ended.ExitCode == ExitCodes.Done, ended.Stderr);
        Assert.Contains("read back and equal", ended.Stdout, StringComparison.Ordinal);
    }
}
