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
    // Nobody runs out of money.
    private const long CentsAtFirst = 1_000_000_00;
    private const long CentsMax = 20_00;

    public static Task Measure(Bench bench)
    {
        bench.Report.Floor = DurableCommands.Floor;
        return bench.InTurn(
        [
            DurableCommands.FloorOf(bench),
            ("OrleansEs", (round, name) => MeasureLedger(bench, round, name)),
        ]);
    }

    private static async Task MeasureLedger(Bench bench, int round, string name)
    {
        await using var ledger = await LedgerCluster.Start(bench);
        await ledger.Open(Accounts.Ids, CentsAtFirst);
        var completed = 0;
        async Task Transfer(Random random)
        {
            var from = random.Next(Accounts.Count);
            var to = (from + random.Next(1, Accounts.Count)) % Accounts.Count;
            var amount = LedgerCluster.Euros(random.NextInt64(1, CentsMax));
            var transfer = ledger.Grains.GetGrain<ITransferGrain>($"bench-{Guid.CreateVersion7():N}");
            Posting[] postings = [new(Accounts.Id(from), -amount), new(Accounts.Id(to), amount)];
            var result = await transfer.Create(new CreateTransfer(postings, null), LedgerCluster.Header());
            LedgerCluster.Done(result.Result);
            Interlocked.Increment(ref completed);
        }
        await ClosedLoop.WarmUp(Transfer);
        await Wait.Until(async () => await ledger.Behind() == 0, "the readers have caught up", bench.Cancellation);
        var measured = new List<(int Callers, Figure[] Figures)>();
        foreach (var callers in bench.Options.Callers)
        {
            var cost = await Cost.Start(bench, ledger.Processes);
            var (perSecond, latencies) = await ClosedLoop.Run(callers, bench.Options.Duration, Transfer);
            var used = await cost.Figures(latencies.Count);
            var behind = await ledger.Behind();
            measured.Add((callers, [new("per s", perSecond), .. latencies.Figures(), .. used, new("behind at the end", behind)]));
            await Wait.Until(async () => await ledger.Behind() == 0, "the readers have caught up", bench.Cancellation);
        }
        await Verify(ledger, completed);
        foreach (var (callers, figures) in measured)
            bench.Add(round, DurableCommands.Setting(callers), name, figures);
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
        if (sum.Difference != 0 || sum.InTransit != 0 || balances != Accounts.Count * CentsAtFirst / 100m)
            throw new InvalidDataException($"The balances sum to {balances}, {sum.InTransit} in transit, difference {sum.Difference}.");
        Bench.Say($"  verified: {completed} transfers, the sum of balances is what it was");
    }
}
