using OrleansEs.Benchmarks.Contenders;
using OrleansEs.Benchmarks.Frame;
using OrleansEs.Ledger.Queries;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Benchmarks.Workloads;

/// <summary>
/// W6: transfers between two of 1,000 accounts, each from its creation to its end: hold, credit, capture, and what the transfer
/// itself records. The floor is a single insert, as for deposits.
/// </summary>
internal static class Transfers
{
    private const int Accounts = DurableCommands.Accounts;
    private const string Name = "OrleansEs";

    // Nobody runs out of money.
    private const long CentsAtFirst = 1_000_000_00;
    private const long CentsMax = 20_00;
    private const int WarmUpCallers = 64;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(3);

    public static Task Measure(Bench bench)
    {
        bench.Report.Floor = DurableCommands.Floor;
        Func<Task<IDepositor>> floor = bench.Options.Sqlite
            ? () => Task.FromResult<IDepositor>(new RawSqlite(Accounts))
            : () => RawInsert.Start(bench, Accounts);
        return bench.InTurn(
        [
            (DurableCommands.Floor, round => DurableCommands.Measure(bench, round, DurableCommands.Floor, floor)),
            (Name, round => MeasureLedger(bench, round)),
        ]);
    }

    private static async Task MeasureLedger(Bench bench, int round)
    {
        await using var ledger = await LedgerCluster.Start(bench);
        await ledger.Open(Enumerable.Range(0, Accounts).Select(LogFiller.AccountId), CentsAtFirst);
        var postmaster = bench.Options.Sqlite ? null : await bench.Databases.Postmaster();
        var completed = 0;
        async Task Transfer(Random random)
        {
            var from = random.Next(Accounts);
            var to = (from + random.Next(1, Accounts)) % Accounts;
            var amount = LedgerCluster.Euros(random.NextInt64(1, CentsMax));
            var transfer = ledger.Grains.GetGrain<ITransferGrain>($"bench-{Guid.CreateVersion7():N}");
            var result = await transfer.Create(
                new CreateTransfer([new Posting(LogFiller.AccountId(from), -amount), new Posting(LogFiller.AccountId(to), amount)], null),
                LedgerCluster.Header());
            LedgerCluster.Done(result.Result);
            Interlocked.Increment(ref completed);
        }
        await ClosedLoop.Run(WarmUpCallers, s_warmUp, Transfer);
        await Wait.Until(async () => await ledger.Behind() == 0, "the readers have caught up", bench.Cancellation);
        var measured = new List<(int Callers, Figure[] Figures)>();
        foreach (var callers in bench.Options.Callers)
        {
            var before = ProcessorTime.Now(ledger.Processes, postmaster);
            var (perSecond, latencies) = await ClosedLoop.Run(callers, bench.Options.Duration, Transfer);
            var used = ProcessorTime.Now(ledger.Processes, postmaster).Since(before, latencies.Count);
            var behind = await ledger.Behind();
            measured.Add((callers, [new("per s", perSecond), .. latencies.Figures(), .. used, new("behind at the end", behind)]));
            await Wait.Until(async () => await ledger.Behind() == 0, "the readers have caught up", bench.Cancellation);
        }
        await Verify(ledger, completed);
        foreach (var (callers, figures) in measured)
            bench.Add(round, DurableCommands.Setting(callers), Name, figures);
    }

    // The log is dense and holds as many completed transfers as were acknowledged, and no money was made or lost.
    private static async Task Verify(LedgerCluster ledger, int completed)
    {
        await ledger.ReadLog();
        var stored = await ledger.CountEvents("transfer.completed");
        if (stored != completed)
            throw new InvalidDataException($"{stored} transfers are completed and {completed} were acknowledged.");
        var totals = await ledger.Queries.Totals(new TotalsQuery(TotalsBy.Asset), Freshness.Any);
        var (sum, balances) = (totals.Value.Sums.Single(), totals.Value.Groups.Single().Sum);
        if (sum.Difference != 0 || sum.InTransit != 0 || balances != Accounts * CentsAtFirst / 100m)
            throw new InvalidDataException($"The balances sum to {balances}, {sum.InTransit} in transit, difference {sum.Difference}.");
        Bench.Say($"  verified: {completed} transfers, the sum of balances is what it was");
    }
}
