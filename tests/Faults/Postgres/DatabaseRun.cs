using System.Diagnostics;
using System.Globalization;
using System.Net;
using Npgsql;
using OrleansEs.Faults.Harness;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Postgres;

/// <summary>Two silos on a PostgreSQL of their own, with callers at work, and what is measured while it is away.</summary>
internal sealed class DatabaseRun : IAsyncDisposable
{
    // Of one core, while there is nothing to do but to wait for the database.
    private const double ProcessorShareMax = 0.20;
    private const int WindowsMax = 4;

    // What the way through a busy machine may add to a deadline.
    private static readonly TimeSpan s_latenessMax = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_findingOut = TimeSpan.FromSeconds(6);

    private readonly string _connection;
    private readonly TimeSpan _timeout;
    private readonly List<double> _processorShares = [];
    private readonly List<TimeSpan> _resumes = [];

    private DatabaseRun(
        PostgresServer server, string connection, ClusterProcesses cluster, LedgerCallers callers, TimeSpan timeout) =>
        (Server, _connection, Cluster, Callers, _timeout) = (server, connection, cluster, callers, timeout);

    public PostgresServer Server { get; }

    public ClusterProcesses Cluster { get; }

    public LedgerCallers Callers { get; }

    public static async Task<DatabaseRun> Start(PostgresServer server, int seed, TimeSpan timeout)
    {
        var connection = await server.CreateDatabase();
        var cluster = await ClusterProcesses.Start(connection, silos: 2);
        try
        {
            var callers = await LedgerCallers.Start([await cluster.Connect()], accounts: 8, movers: 4, timeout, seed);
            return new DatabaseRun(server, connection, cluster, callers, timeout);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// While the database is away: a person's command ends by its deadline with 3 or 4, the silos say that they are not ready,
    /// and they use little of the processor.
    /// </summary>
    public async Task WatchOutage(TimeSpan length, bool expectUnready)
    {
        var watch = Stopwatch.StartNew();
        var command = await Command();
        Assert.True(command.ExitCode is 3 or 4, $"{command.ExitCode} {command.Stderr}");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, _timeout + s_latenessMax);
        if (expectUnready)
            Assert.All(await Task.WhenAll(Cluster.Silos.Select(Health)), status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));

        // The first moments are for finding out, in code that never ran before, which costs more the busier the machine is. What
        // counts is what waiting costs after that: a loop that spins would spin in every window.
        await Pass(s_findingOut);
        var share = await ProcessorShare(length);
        for (var window = 1; window < WindowsMax && share > ProcessorShareMax; window++)
            share = await ProcessorShare(length);
        _processorShares.Add(share);
        Assert.InRange(share, 0, ProcessorShareMax);
    }

    /// <summary>Waits until a command succeeds that was sent from now on, and says how long that took.</summary>
    public async Task WritesResume(TimeSpan max)
    {
        var moment = Stopwatch.GetTimestamp();
        await Eventually.Holds(
            () => Task.FromResult(Callers.FirstSuccessAfter(moment).Count > 0), TimeSpan.FromSeconds(60), "somebody can write");
        _resumes.Add(Callers.FirstSuccessAfter(moment).Values.Min());
        Assert.InRange(_resumes[^1], TimeSpan.Zero, max);
        foreach (var silo in Cluster.Silos)
            await Eventually.Holds(
                async () => await Health(silo) == HttpStatusCode.OK, TimeSpan.FromSeconds(30), "the silos are ready again");
    }

    /// <summary>One session of the silos.</summary>
    public async Task<int> AnyBackend() => await Ask<int>(
        "select pid from pg_stat_activity where application_name like 'orleanses%' order by random() limit 1");

    /// <summary>Ends some sessions of the silos, and says how many.</summary>
    public Task<long> EndSessions(int count) => Ask<long>(
        $"""
        select count(pg_terminate_backend(pid))
        from (select pid from pg_stat_activity where application_name like 'orleanses%' order by random() limit {count}) as victims
        """);

    /// <summary>Stops the callers, and compares what they were told with the log and the read models.</summary>
    public async Task Audit()
    {
        var history = await Callers.Stop();
        Assert.True(history.Count(line => line.IsDone) > 50, "too little was done for the test to mean anything");
        Assert.DoesNotContain(history, line => line.Status is "unknown" or "unavailable");
        Assert.Empty(Callers.Attempts.Where(attempt => attempt.IsUnforeseen).Select(attempt => attempt.Failure!.ToString()).Take(1));
        Assert.All(Callers.Attempts, attempt => Assert.InRange(attempt.Took, TimeSpan.Zero, _timeout + s_latenessMax));
        var log = await PostgresLog.WhenTransfersEnded(_connection);
        LedgerAudit.Check(log, history);
        await LedgerAudit.CheckReadModels(log, Cluster.Json);
    }

    /// <summary>What was measured, in words.</summary>
    public string Figures()
    {
        var attempts = Callers.Attempts;
        var failed = attempts.Where(attempt => !attempt.Succeeded).ToArray();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Callers.History.Count(line => line.IsDone)} acknowledged, 0 lost, 0 doubled; {failed.Length} tries failed, "
            + $"{failed.Count(attempt => attempt.Failure is not TimeoutException)} of them with a typed answer, "
            + $"the longest wait {attempts.Max(attempt => attempt.Took).TotalSeconds:0.0} s of {_timeout.TotalSeconds:0} s; "
            + $"processor of a silo while it is away {Percent(_processorShares)}; writes resume after {Seconds(_resumes)}");
    }

    public async ValueTask DisposeAsync()
    {
        Server.Resume();
        try
        {
            await Callers.DisposeAsync();
        }
        finally
        {
            await Cluster.DisposeAsync();
            await Server.DisposeAsync();
        }
    }

    // Of the silo that uses most.
    private async Task<double> ProcessorShare(TimeSpan length)
    {
        var used = Cluster.Silos.Select(silo => silo.ProcessorTime()).ToArray();
        var watch = Stopwatch.StartNew();
        await Pass(length);
        return used.Zip(Cluster.Silos).Max(silo => (silo.Second.ProcessorTime() - silo.First) / watch.Elapsed);
    }

    private static async Task Pass(TimeSpan time)
    {
        using var tick = new PeriodicTimer(time);
        await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }

    private Task<Ended> Command() => ClientProcess.Call(
        "account", "deposit", Callers.Accounts[0], "1", "EUR", "--timeout",
        $"{_timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s", "--gateway", Cluster.Silos[0].Gateway);

    private static async Task<HttpStatusCode> Health(SiloProcess silo)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync($"{silo.Http}/health/ready", TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private async Task<T> Ask<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connection + ";Pooling=false;Application Name=test");
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static string Percent(List<double> shares) =>
        shares.Count == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"max {shares.Max():0.0%} of a core");

    private static string Seconds(List<TimeSpan> times) =>
        times.Count == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"max {times.Max().TotalSeconds:0.00} s");
}
