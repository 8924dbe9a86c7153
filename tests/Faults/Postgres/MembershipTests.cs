using System.Diagnostics;
using System.Globalization;
using Npgsql;
using OrleansEs.Faults.Harness;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Postgres;

/// <summary>How silos find each other, how clients find them, and how soon one that is gone is out.</summary>
[Collection(ClusterCollection.Name)]
public sealed class MembershipTests
{
    private const int Active = 3;
    private const int Dead = 6;

    // The goal is 5 s on a machine that has time for it; a build machine may take longer.
    private static readonly TimeSpan s_verdictMax = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_killed_silo_is_out_within_seconds_and_the_client_goes_on(int silos)
    {
        var connection = await Database();
        await using var cluster = await ClusterProcesses.Start(connection, silos);
        await cluster.Json("account", "open", "alice");
        var victim = cluster.Silos[0];
        var watch = Stopwatch.StartNew();
        await victim.Kill();

        await Becomes(connection, victim.SiloPort, Dead);
        var took = watch.Elapsed;

        Assert.InRange(took, TimeSpan.Zero, s_verdictMax);
        Assert.Equal(2, (int)(await cluster.Json("account", "deposit", "alice", "1", "EUR"))["version"]!);
        Assert.Equal(silos - 1, await Count(connection, $"Status = {Active}"));
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"one of {silos} silos was out {took.TotalSeconds:0.0} s after kill -9"));
    }

    [Fact]
    public async Task A_silo_that_was_frozen_until_it_was_declared_dead_ends_with_4_and_says_why()
    {
        var connection = await Database();
        await using var cluster = await ClusterProcesses.Start(connection, silos: 2);
        var victim = cluster.Silos[1];
        victim.Freeze();
        await Becomes(connection, victim.SiloPort, Dead);
        victim.Thaw();

        await victim.Process.WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.Equal(4, victim.Process.ExitCode);
        Assert.Contains("\ndeclared-dead: ", "\n" + victim.Errors, StringComparison.Ordinal);
        await cluster.Start(1);
        Assert.Equal(2, await Count(connection, $"Status = {Active}"));
    }

    [Fact]
    public async Task A_silo_that_starts_right_after_a_crash_of_all_is_ready_soon_on_another_port()
    {
        var connection = await Database();
        await using var cluster = await ClusterProcesses.Start(connection, silos: 2);
        await cluster.KillAll();

        var watch = Stopwatch.StartNew();
        await cluster.Start(0);

        // The entries of the dead are stale after 6 s, and proved dead some seconds later.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(25));
        Assert.Equal((1L, 2L), (await Count(connection, $"Status = {Active}"), await Count(connection, $"Status = {Dead}")));
        await cluster.Json("account", "open", "alice");
    }

    [Fact]
    public async Task A_silo_that_is_stopped_is_out_at_once_and_the_client_goes_on()
    {
        var connection = await Database();
        await using var cluster = await ClusterProcesses.Start(connection, silos: 2);
        await cluster.Json("account", "open", "alice");

        Assert.Equal(0, await cluster.Silos[0].Terminate(TimeSpan.FromSeconds(10)));

        Assert.Equal((1L, 1L), (await Count(connection, $"Status = {Active}"), await Count(connection, $"Status = {Dead}")));
        Assert.Equal("", cluster.Silos[0].Errors);
        Assert.Equal(2, (int)(await cluster.Json("account", "deposit", "alice", "1", "EUR"))["version"]!);
    }

    [Fact]
    public async Task A_client_says_what_keeps_it_from_finding_a_silo()
    {
        var database = await Database();
        var nobody = new NpgsqlConnectionStringBuilder(database) { Port = Programs.FreePort() }.ConnectionString;
        await Refused(3, $"{nobody}", "does not answer", "start PostgreSQL");
        await Refused(3, database, "no silo has ever started", "start a silo");
        await Refused(3, $"{database};Database=nowhere", "There is no database", "create it");
        await Refused(3, $"{database};Password=geheim", "does not let this user in", "correct Username and Password");
        await Refused(2, "Host=db;Prot=1;Password=geheim", "prot", "Host=localhost");
        await Refused(2, database, "--gateway", "leave one out", "--gateway", "127.0.0.1:1");
        await Refused(2, database, "--embedded", "leave one out", "--embedded");

        using (var folder = new TempFolder())
        await using (var silo = await SiloProcess.Start(folder.Path, 0, ["--store", "postgres", "--connection", database]))
            await Refused(3, database, "no silo of the cluster 'other'", "start one", "--cluster-id", "other");
    }

    private static async Task Refused(int exitCode, string connection, string names, string remedy, params string[] more)
    {
        var watch = Stopwatch.StartNew();
        var ended = await ClientProcess.Call(["log", "stats", "--timeout", "3s", "--connection", connection, .. more]);
        Assert.Equal((exitCode, ""), (ended.ExitCode, ended.Stdout));
        Assert.Contains(names, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(remedy, ended.ErrorLine, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", ended.Stderr, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(6));
    }

    private static async Task<string> Database() => await (await PostgresServer.Shared()).CreateDatabase();

    private static Task Becomes(string connection, int siloPort, int status) => Eventually.Holds(
        async () => await Count(connection, $"Port = {siloPort} and Status = {status}") == 1,
        TimeSpan.FromSeconds(60), $"the silo at {siloPort} has status {status}");

    private static async Task<long> Count(string connection, string condition)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand($"select count(*) from OrleansMembershipTable where {condition}");
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
