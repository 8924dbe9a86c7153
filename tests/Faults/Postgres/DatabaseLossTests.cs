using System.Diagnostics;
using System.Globalization;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Postgres;

/// <summary>
/// PostgreSQL goes away and comes back while callers work. Every caller is answered by its deadline, no silo spins, writes go on
/// soon after, and nothing is lost or done twice.
/// </summary>
[Collection(ClusterCollection.Name)]
public sealed class DatabaseLossTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_resumeMax = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task While_PostgreSQL_is_killed_callers_are_answered_and_writes_go_on_when_it_is_back()
    {
        var seed = FaultRun.Seed();
        var rounds = FaultRun.Size(1, 10);
        await using var run = await DatabaseRun.Start(await PostgresServer.StartOwn(), seed, s_timeout);
        for (var round = 0; round < rounds; round++)
        {
            await run.Callers.Acknowledge(50);
            await run.Server.Kill();
            await run.WatchOutage(TimeSpan.FromSeconds(FaultRun.Size(5, 20)), expectUnready: true);
            await run.Server.Start();
            await run.WritesResume(s_resumeMax);

            // One session's process dies: PostgreSQL ends all sessions and recovers by itself.
            await run.Callers.Acknowledge(20);
            run.Server.KillBackend(await run.AnyBackend());
            await run.WritesResume(TimeSpan.FromSeconds(10));
        }
        await run.Audit();
        FaultRun.Report($"F04 PostgreSQL killed {rounds} times, and a session's process as often", run.Figures(), seed);
    }

    [Fact]
    public async Task While_PostgreSQL_hangs_callers_are_answered_and_writes_go_on_when_it_is_back()
    {
        var seed = FaultRun.Seed();
        var seconds = FaultRun.Size(5, 25);
        await using var run = await DatabaseRun.Start(await PostgresServer.StartOwn(), seed, s_timeout);
        await run.Callers.Acknowledge(50);
        run.Server.Pause();
        await run.WatchOutage(TimeSpan.FromSeconds(seconds), expectUnready: true);
        run.Server.Resume();
        await run.WritesResume(s_resumeMax);
        await run.Audit();
        FaultRun.Report($"F05 PostgreSQL frozen for {seconds + 6} s and more", run.Figures(), seed);
    }

    [Fact]
    public async Task While_connections_are_ended_every_second_nothing_is_lost_or_done_twice()
    {
        var seed = FaultRun.Seed();
        var seconds = FaultRun.Size(6, 60);
        await using var run = await DatabaseRun.Start(await PostgresServer.StartOwn(), seed, s_timeout);
        var ended = 0L;
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1));
        for (var second = 0; second < seconds; second++)
        {
            await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            ended += await run.EndSessions(3);
        }
        await run.Callers.Acknowledge(50);
        await run.Audit();
        Assert.True(ended >= seconds, "too few connections were ended for the test to mean anything");
        FaultRun.Report(
            "F06 connections ended every second",
            string.Create(CultureInfo.InvariantCulture, $"{ended} in {seconds} s; {run.Figures()}"), seed);
    }

    [Fact]
    public async Task A_silo_that_is_terminated_while_PostgreSQL_is_stopped_ends_within_ten_seconds()
    {
        var seed = FaultRun.Seed();
        await using var run = await DatabaseRun.Start(await PostgresServer.StartOwn(), seed, s_timeout);
        await run.Callers.Acknowledge(50);
        await run.Server.Stop();
        await run.WatchOutage(TimeSpan.FromSeconds(FaultRun.Size(5, 20)), expectUnready: false);
        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await run.Cluster.Silos[0].Terminate(TimeSpan.FromSeconds(10)));
        var took = watch.Elapsed;
        await run.Server.Start();
        await run.Cluster.Start(0);
        await run.WritesResume(TimeSpan.FromSeconds(20));
        await run.Audit();
        FaultRun.Report(
            "F03 SIGTERM while PostgreSQL is stopped",
            string.Create(CultureInfo.InvariantCulture, $"ended after {took.TotalSeconds:0.0} s with 0; {run.Figures()}"), seed);
    }
}
