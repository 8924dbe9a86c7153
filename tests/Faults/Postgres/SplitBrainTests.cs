using System.Diagnostics;
using System.Globalization;
using Npgsql;
using OrleansEs.Client;
using OrleansEs.Faults.Harness;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Postgres;

/// <summary>Two activations of one account at once: the database alone decides, and neither acts on an old state.</summary>
[Collection(ClusterCollection.Name)]
public sealed class SplitBrainTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Two_clusters_on_one_database_that_write_the_same_accounts_append_nothing_twice_and_decide_on_no_old_state()
    {
        var seed = FaultRun.Seed();
        var seconds = FaultRun.Size(10, 60);
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await using var east = await ClusterProcesses.Start(connection, silos: 1, "east");
        await using var west = await ClusterProcesses.Start(connection, silos: 1, "west");
        await using var callers = await LedgerCallers.Start(
            [await east.Connect(), await west.Connect()], accounts: 4, movers: 6, s_timeout, seed);
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(seconds));
        await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);

        var history = await Audit(connection, callers, [east, west]);
        FaultRun.Report("F09a two clusters on one database", Figures(history, $"{seconds} s on 4 accounts"), seed);
    }

    [Fact]
    public async Task A_silo_that_was_frozen_until_the_others_declared_it_dead_does_nothing_wrong_when_it_goes_on()
    {
        var seed = FaultRun.Seed();
        var rounds = FaultRun.Size(1, 5);
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await using var cluster = await ClusterProcesses.Start(connection);
        var random = new Random(seed);
        var gone = new List<TimeSpan>();
        var history = new List<LoadHistory.Line>();
        for (var round = 0; round < rounds; round++)
        {
            var victim = random.Next(cluster.Silos.Count);
            var zombie = cluster.Silos[victim];
            // The second way leads to the silo that will be frozen: what it is sent meanwhile waits for it.
            await using var callers = await LedgerCallers.Start(
                [await cluster.Connect(), await DirectTo(zombie)], accounts: 6, movers: 4, s_timeout, seed + round);
            await callers.Acknowledge(random.Next(20, 200));
            zombie.Freeze();
            await Eventually.Holds(
                () => IsDeclaredDead(connection, zombie), TimeSpan.FromSeconds(60), "the frozen silo is declared dead");
            await callers.Acknowledge(30);
            var moment = Stopwatch.GetTimestamp();
            zombie.Thaw();
            await zombie.Process.WaitForExitAsync(TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            gone.Add(Stopwatch.GetElapsedTime(moment));
            await cluster.Start(victim);
            await callers.Acknowledge(30);
            history.AddRange(await callers.Stop());
        }
        var log = await PostgresLog.WhenTransfersEnded(connection);
        LedgerAudit.Check(log, history);
        await LedgerAudit.CheckReadModels(log, cluster.Json);
        FaultRun.Report(
            "F09b a frozen silo, declared dead, goes on",
            Figures(history, string.Create(
                CultureInfo.InvariantCulture, $"{rounds} times; it ends itself after {gone.Max().TotalSeconds:0.0} s at most")),
            seed);
    }

    private static async Task<IReadOnlyList<LoadHistory.Line>> Audit(
        string connection, LedgerCallers callers, IReadOnlyList<ClusterProcesses> clusters)
    {
        var history = await callers.Stop();
        Assert.True(history.Count(line => line.IsDone) > 50, "too little was done for the test to mean anything");
        Assert.DoesNotContain(history, line => line.Status is "unknown" or "unavailable");
        var log = await PostgresLog.WhenTransfersEnded(connection);
        LedgerAudit.Check(log, history);
        foreach (var cluster in clusters)
            await LedgerAudit.CheckReadModels(log, cluster.Json);
        return history;
    }

    private static Task<Connection> DirectTo(SiloProcess silo) => Connection.Open(
        new ConnectionOptions { Gateway = ("127.0.0.1", silo.GatewayPort), GatewayGiven = true },
        TimeSpan.FromSeconds(10), CancellationToken.None);

    private static async Task<bool> IsDeclaredDead(string connection, SiloProcess silo)
    {
        await using var source = NpgsqlDataSource.Create(connection + ";Pooling=false");
        await using var command = source.CreateCommand(
            "select count(*) from OrleansMembershipTable where Port = $1 and Status = 6");
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = silo.SiloPort });
        return (long)(await command.ExecuteScalarAsync())! > 0;
    }

    private static string Figures(IReadOnlyList<LoadHistory.Line> history, string what) => string.Create(
        CultureInfo.InvariantCulture,
        $"{what}; {history.Count(line => line.IsDone)} acknowledged, {history.Count(line => line.Status == "refused")} refused, "
        + $"0 doubled, 0 overdrawn at any moment");
}
