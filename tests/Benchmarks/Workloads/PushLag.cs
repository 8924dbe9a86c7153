using System.Diagnostics;
using OrleansEs.Benchmarks.Contenders;
using OrleansEs.Benchmarks.Frame;
using OrleansEs.EventLog;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Benchmarks.Workloads;

/// <summary>
/// W3: deposits at a fixed rate; how long after its acknowledgement a query of the accounts shows each. A reader asks every 2 ms
/// without a token, and the positions of its answer say what it shows; or one caller of ten asks once, with its token, and gets
/// its own account.
/// </summary>
internal static class PushLag
{
    private const string Floor = "raw: 5 ms poll";

    // More would measure how many queries it can answer.
    private const int OneOf = 10;

    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_ask = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static Task Measure(Bench bench)
    {
        bench.Report.Floor = Floor;
        List<(string, Func<int, string, Task>)> contenders = [];
        if (!bench.Options.Sqlite)
            contenders.Add((Floor, (round, name) => MeasureRaw(bench, round, name)));
        foreach (var silos in bench.Options.Sqlite ? new[] { 1 } : [1, 2])
        {
            var ours = $"OrleansEs, {silos} silo{(silos == 1 ? "" : "s")}";
            contenders.Add((ours, (round, name) => MeasureLedger(bench, round, name, silos, withToken: false)));
            contenders.Add(($"{ours}, with token", (round, name) => MeasureLedger(bench, round, name, silos, withToken: true)));
        }
        return bench.InTurn(contenders);
    }

    private static async Task MeasureLedger(Bench bench, int round, string name, int silos, bool withToken)
    {
        await using var ledger = await LedgerCluster.Start(bench, new ClusterShape(silos));
        await ledger.Open(Accounts.Ids);
        var acknowledged = new Acknowledged();
        async Task<(int Account, CommandResult Result)> Deposit(Random random)
        {
            var (account, cents) = (random.Next(Accounts.Count), random.NextInt64(1, 20_00));
            var result = await LedgerCluster.Execute(ledger.Account(Accounts.Id(account)), LedgerCluster.Deposit(cents));
            acknowledged.Add(account, cents);
            return (account, result);
        }
        async Task DepositAndLook(Random random, Lag lag)
        {
            var (account, result) = await Deposit(random);
            if (!withToken)
            {
                lag.Acknowledged(LogPosition.Parse(result.Token!));
                return;
            }
            if (random.Next(OneOf) != 0)
                return;
            var asked = Stopwatch.GetTimestamp();
            var answer = await ledger.Queries.Accounts(
                new AccountsQuery { Owner = Accounts.Id(account), Take = 1 }, new Freshness([result.Token!], s_patience));
            lag.Add(Stopwatch.GetTimestamp() - asked);
            if (answer.Stale || answer.Value.Items.Single().Version < result.Version)
                throw new InvalidDataException($"Version {result.Version} of {Accounts.Id(account)} is not shown with its token.");
        }
        async Task Look(Lag lag)
        {
            var answer = await ledger.Queries.Accounts(new AccountsQuery { Owner = Accounts.Id(0), Take = 1 }, Freshness.Any);
            foreach (var position in answer.Positions)
                lag.Seen(LogPosition.Parse(position));
        }
        Func<Lag, Task>? look = withToken ? null : Look;
        var measured = await Measure(bench, DepositAndLook, look, s_ask, ledger.Processes);
        var log = await ledger.ReadLog();
        Bench.Say($"  {acknowledged.Verify([.. Accounts.Ids.Select(id => log[$"account/{id}"])])}");
        bench.Add(round, Setting(bench), name, measured);
    }

    private static async Task MeasureRaw(Bench bench, int round, string name)
    {
        // The writer owns it.
        var database = await RawPostgres.Create(bench);
        await using var writer = new RawGroupCommit(database);
        await using var projector = await RawProjector.Create(database.Connection);
        var acknowledged = new Acknowledged();
        async Task Deposit(Random random, Lag lag)
        {
            var (account, cents) = (random.Next(Accounts.Count), random.NextInt64(1, 20_00));
            lag.Acknowledged(await writer.Append(account, cents));
            acknowledged.Add(account, cents);
        }
        async Task Poll(Lag lag)
        {
            await projector.Step(pageMax: 1_000);
            for (var partition = 0; partition < projector.Positions.Count; partition++)
                lag.Seen(new LogPosition(partition, projector.Positions[partition]));
        }
        var measured = await Measure(bench, Deposit, Poll, s_poll, []);
        var stored = await writer.Read();
        Bench.Say($"  {acknowledged.Verify(stored)}");
        if (await projector.Sum() != stored!.Sum(account => account.Cents))
            throw new InvalidDataException("The read model's sum is not the log's.");
        bench.Add(round, Setting(bench), name, measured);
    }

    // As many as it can, so that all code is compiled as it will be for good; then a while at the rate, so that what was behind
    // has caught up; then what is measured.
    private static async Task<Figure[]> Measure(
        Bench bench, Func<Random, Lag, Task> command, Func<Lag, Task>? look, TimeSpan every, IReadOnlyList<int> silos)
    {
        Task AtRate(TimeSpan duration, Func<Random, Task> one) => FixedRate.Run(bench.Options.Rate, duration, one);
        await Measure(bench, command, look, every, silos, one => ClosedLoop.WarmUp(one));
        await Measure(bench, command, look, every, silos, one => AtRate(s_settle, one));
        return await Measure(bench, command, look, every, silos, one => AtRate(bench.Options.Duration, one));
    }

    // Whatever was acknowledged must have been seen before it ends.
    private static async Task<Figure[]> Measure(
        Bench bench, Func<Random, Lag, Task> command, Func<Lag, Task>? look, TimeSpan every, IReadOnlyList<int> silos,
        Func<Func<Random, Task>, Task> load)
    {
        var lag = new Lag();
        var commands = 0;
        using var ended = new CancellationTokenSource();
        var cost = await Cost.Start(bench, silos);
        var looking = look is null ? Task.CompletedTask : Repeat(() => look(lag), every, ended.Token);
        var started = Stopwatch.GetTimestamp();
        await load(random =>
        {
            Interlocked.Increment(ref commands);
            return command(random, lag);
        });
        var perSecond = commands / Stopwatch.GetElapsedTime(started).TotalSeconds;
        await Task.WhenAny(looking, Wait.Until(() => Task.FromResult(lag.Unseen == 0), "all is seen", bench.Cancellation));
        await ended.CancelAsync();
        await looking;
        var used = await cost.Figures(commands);
        return [.. lag.Latencies.Figures(), new("at most ms", lag.Latencies.Milliseconds(1)), new("per s", perSecond), .. used];
    }

    private static async Task Repeat(Func<Task> work, TimeSpan every, CancellationToken ended)
    {
        using var tick = new PeriodicTimer(every);
        while (!ended.IsCancellationRequested)
        {
            await work();
            await tick.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static string Setting(Bench bench) => $"{bench.Options.Rate} commands/s";
}
