using OrleansEs.Benchmarks.Baselines;
using OrleansEs.Benchmarks.Contenders;
using OrleansEs.Benchmarks.Frame;

namespace OrleansEs.Benchmarks.Workloads;

/// <summary>
/// W1: deposits on 1,000 accounts. Each is loaded or held, checks a rule, appends one event and answers after the commit. Every
/// contender begins with an empty database, is warmed up, and is verified before its figures count.
/// </summary>
internal static class DurableCommands
{
    public const string Floor = "raw: one insert a transaction";

    private const long CentsMax = 20_00;

    /// <summary>How the report names a number of callers.</summary>
    public static string Setting(int callers) => callers == 1 ? "1 caller" : $"{callers} callers";

    public static Task Measure(Bench bench)
    {
        bench.Report.Floor = Floor;
        return bench.InTurn(
        [
            FloorOf(bench),
            .. bench.Options.Sqlite ? [] : new[] { GroupCommit(bench) },
            Contender(bench, "OrleansEs", () => LedgerDepositor.Start(bench)),
            Contender(bench, "OrleansEs, read models paused", () => LedgerDepositor.Start(bench, readModels: false)),
            .. bench.Options.Sqlite ? [] : OrleansProviders(bench),
        ]);
    }

    /// <summary>The floor: a single insert and a commit for each command, on the store that is measured.</summary>
    public static (string, Func<int, string, Task>) FloorOf(Bench bench) => Contender(
        bench, Floor, () => bench.Options.Sqlite ? Task.FromResult<IDepositor>(new RawSqlite()) : RawInsert.Start(bench));

    /// <summary>One that takes deposits from each number of callers.</summary>
    public static (string, Func<int, string, Task>) Contender(Bench bench, string name, Func<Task<IDepositor>> start) =>
        (name, (round, _) => Measure(bench, round, name, start));

    private static (string, Func<int, string, Task>) GroupCommit(Bench bench) =>
        Contender(bench, "raw: group commit, one connection", () => RawGroupCommit.Start(bench));

    private static (string, Func<int, string, Task>)[] OrleansProviders(Bench bench) =>
    [
        Contender(bench, "Orleans: a call that does nothing", () => GrainDepositor.Start<INoOpAccount>(bench)),
        Contender(bench, "Orleans: LogStorage on ADO.NET", () => GrainDepositor.Start<ILogStorageAccount>(bench)),
        Contender(bench, "Orleans: StateStorage on ADO.NET (no events)", () => GrainDepositor.Start<IStateStorageAccount>(bench)),
    ];

    private static async Task Measure(Bench bench, int round, string name, Func<Task<IDepositor>> start)
    {
        await using var depositor = await start();
        var acknowledged = new Acknowledged();
        async Task Deposit(Random random)
        {
            var (account, cents) = (random.Next(Accounts.Count), random.NextInt64(1, CentsMax));
            await depositor.Deposit(account, cents);
            acknowledged.Add(account, cents);
        }
        await ClosedLoop.WarmUp(Deposit);
        // What readers have not applied of the work before would be paid by the work after it.
        await Wait.Until(async () => await depositor.Behind() == 0, "the readers have caught up", bench.Cancellation);
        var measured = new List<(int Callers, Figure[] Figures)>();
        foreach (var callers in bench.Options.Callers)
        {
            var cost = await Cost.Start(bench, depositor.Processes);
            var (perSecond, latencies) = await ClosedLoop.Run(callers, bench.Options.Duration, Deposit);
            var used = await cost.Figures(latencies.Count);
            var behind = await depositor.Behind();
            measured.Add((callers, [new("per s", perSecond), .. latencies.Figures(), .. used, new("behind at the end", behind)]));
            await Wait.Until(async () => await depositor.Behind() == 0, "the readers have caught up", bench.Cancellation);
        }
        Bench.Say($"  {acknowledged.Verify(await depositor.Read())}");
        foreach (var (callers, figures) in measured)
            bench.Add(round, Setting(callers), name, figures);
    }
}
