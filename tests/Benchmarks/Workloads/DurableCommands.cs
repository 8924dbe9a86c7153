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
    public const int Accounts = 1_000;

    public const string Floor = "raw: one insert a transaction";
    private const long CentsMax = 20_00;
    private const int WarmUpCallers = 64;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(3);

    /// <summary>How the report names a number of callers.</summary>
    public static string Setting(int callers) => callers == 1 ? "1 caller" : $"{callers} callers";

    public static Task Measure(Bench bench)
    {
        bench.Report.Floor = Floor;
        List<(string Name, Func<Task<IDepositor>> Start)> contenders = bench.Options.Sqlite
            ?
            [
                (Floor, () => Task.FromResult<IDepositor>(new RawSqlite(Accounts))),
                ("OrleansEs", () => LedgerDepositor.Start(bench, Accounts)),
                ("OrleansEs, read models paused", () => LedgerDepositor.Start(bench, Accounts, readModels: false)),
            ]
            :
            [
                (Floor, () => RawInsert.Start(bench, Accounts)),
                ("raw: group commit, one connection", () => RawGroupCommit.Start(bench, Accounts)),
                ("OrleansEs", () => LedgerDepositor.Start(bench, Accounts)),
                ("OrleansEs, read models paused", () => LedgerDepositor.Start(bench, Accounts, readModels: false)),
                ("Orleans: a call that does nothing", () => GrainDepositor.Start<INoOpAccount>(bench, Accounts)),
                ("Orleans: LogStorage on ADO.NET", () => GrainDepositor.Start<ILogStorageAccount>(bench, Accounts)),
                ("Orleans: StateStorage on ADO.NET (no events)", () => GrainDepositor.Start<IStateStorageAccount>(bench, Accounts)),
            ];
        return bench.InTurn([.. contenders.Select(contender =>
            (contender.Name, (Func<int, Task>)(round => Measure(bench, round, contender.Name, contender.Start))))]);
    }

    /// <summary>Measures one contender with each number of callers.</summary>
    public static async Task Measure(Bench bench, int round, string name, Func<Task<IDepositor>> start)
    {
        await using var depositor = await start();
        var postmaster = bench.Options.Sqlite ? null : await bench.Databases.Postmaster();
        var acknowledged = new Acknowledged(Accounts);
        async Task Deposit(Random random)
        {
            var (account, cents) = (random.Next(Accounts), random.NextInt64(1, CentsMax));
            await depositor.Deposit(account, cents);
            acknowledged.Add(account, cents);
        }
        await ClosedLoop.Run(WarmUpCallers, s_warmUp, Deposit);
        // What readers have not applied of the work before would be paid by the work after it.
        await Wait.Until(async () => await depositor.Behind() == 0, "the readers have caught up", bench.Cancellation);
        var measured = new List<(int Callers, Figure[] Figures)>();
        foreach (var callers in bench.Options.Callers)
        {
            var before = ProcessorTime.Now(depositor.Processes, postmaster);
            var (perSecond, latencies) = await ClosedLoop.Run(callers, bench.Options.Duration, Deposit);
            var used = ProcessorTime.Now(depositor.Processes, postmaster).Since(before, latencies.Count);
            var behind = await depositor.Behind();
            measured.Add((callers, [new("per s", perSecond), .. latencies.Figures(), .. used, new("behind at the end", behind)]));
            await Wait.Until(async () => await depositor.Behind() == 0, "the readers have caught up", bench.Cancellation);
        }
        Bench.Say($"  {acknowledged.Verify(await depositor.Read())}");
        foreach (var (callers, figures) in measured)
            bench.Add(round, Setting(callers), name, figures);
    }
}
