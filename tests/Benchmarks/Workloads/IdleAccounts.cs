using System.Globalization;
using OrleansEs.Benchmarks.Baselines;
using OrleansEs.Benchmarks.Contenders;
using OrleansEs.Benchmarks.Frame;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Benchmarks.Workloads;

/// <summary>W7: what an account that was loaded and does nothing costs in memory, beside a grain that holds nothing.</summary>
internal static class IdleAccounts
{
    private const string Floor = "Orleans: an activation that holds nothing";
    private const int AccountsMax = 100_000;
    private const int Callers = 64;

    public static Task Measure(Bench bench)
    {
        if (bench.Options.Sqlite)
            throw new NotSupportedException("Accounts are made by PostgreSQL's COPY: leave --store sqlite out.");
        bench.Report.Floor = Floor;
        return bench.InTurn(
        [
            (Floor, (round, name) => MeasureBaseline<INoOpAccount>(bench, round, name)),
            ("OrleansEs", (round, name) => MeasureLedger(bench, round, name)),
            ("Orleans: LogStorage", (round, name) => MeasureBaseline<ILogStorageAccount>(bench, round, name)),
        ]);
    }

    private static async Task MeasureLedger(Bench bench, int round, string name)
    {
        var accounts = CountOf(bench);
        var database = await bench.Databases.Create();
        try
        {
            await LogFiller.Fill(database, accounts, events: accounts);
            await using var ledger = await LedgerCluster.Start(bench, database: database);
            await Wait.Until(async () => await ledger.Behind() == 0, "the readers have caught up", bench.Cancellation);
            await Measure(bench, round, name, ledger.Grains, ledger.Processes[0], async account =>
            {
                if (await ledger.Account(Accounts.Id(account)).Show(AsOf.Now) is null)
                    throw new InvalidDataException($"Account {account} is not there.");
            });
        }
        finally
        {
            await bench.Databases.Drop(database);
        }
    }

    private static async Task MeasureBaseline<TAccount>(Bench bench, int round, string name) where TAccount : IBaselineAccount
    {
        await using var silo = await BaselineSilo.Start(bench);
        await Measure(bench, round, name, silo.Grains, silo.ProcessId, account =>
            silo.Grains.GetGrain<TAccount>(Accounts.Id(account)).Read());
    }

    private static async Task Measure(
        Bench bench, int round, string name, IGrainFactory grains, int silo, Func<int, Task> activate)
    {
        var accounts = CountOf(bench);
        var (bytesBefore, countBefore, residentBefore) = await Now(grains, silo);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, accounts), new ParallelOptions { MaxDegreeOfParallelism = Callers, CancellationToken = bench.Cancellation },
            async (account, _) => await activate(account));
        var (bytes, count, resident) = await Now(grains, silo);
        if (count - countBefore < accounts * 0.99)
            throw new InvalidDataException($"Only {count - countBefore} of {accounts} accounts live.");
        bench.Add(round, string.Create(CultureInfo.InvariantCulture, $"{accounts:#,##0} accounts"), name,
            new("managed bytes each", (bytes - bytesBefore) / (double)accounts),
            new("resident bytes each", (resident - residentBefore) * (1 << 20) / accounts));
    }

    private static async Task<(long Bytes, int Count, double ResidentMiB)> Now(IGrainFactory grains, int silo) =>
        (await Activations.Bytes(grains), await Activations.Count(grains), Memory.MiB(silo));

    private static int CountOf(Bench bench) => Math.Min(AccountsMax, bench.Options.Events);
}
