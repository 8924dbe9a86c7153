using System.Diagnostics;
using System.Globalization;
using OrleansEs.Benchmarks.Contenders;
using OrleansEs.Benchmarks.Frame;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Benchmarks.Workloads;

/// <summary>
/// W4: a log with a long past and a silo that has never seen it. How fast the read model of accounts is filled, alone and
/// beside the other read models, from the start of the silo's process until nothing is behind; then, alone, once more beside
/// itself: a rebuild.
/// </summary>
internal static class CatchUp
{
    private const string Floor = "raw: pages of 1,000 over one connection";

    public static Task Measure(Bench bench)
    {
        if (bench.Options.Sqlite)
            throw new NotSupportedException("The log is filled by PostgreSQL's COPY: leave --store sqlite out.");
        bench.Report.Floor = Floor;
        return bench.InTurn(
        [
            (Floor, (round, name) => MeasureRaw(bench, round, name)),
            ("OrleansEs: accounts alone", (round, name) => MeasureLedger(bench, round, name, alone: true)),
            ("OrleansEs: all read models at once", (round, name) => MeasureLedger(bench, round, name, alone: false)),
        ]);
    }

    private static async Task MeasureRaw(Bench bench, int round, string name)
    {
        var database = await bench.Databases.Create();
        try
        {
            var cents = await LogFiller.Fill(database, Accounts.Count, bench.Options.Events);
            await using var projector = await RawProjector.Create(database);
            var cost = await Cost.Start(bench, []);
            var started = Stopwatch.GetTimestamp();
            while (await projector.Step(pageMax: 1_000 / RawLog.Partitions) > 0)
                bench.Cancellation.ThrowIfCancellationRequested();
            var elapsed = Stopwatch.GetElapsedTime(started);
            if (await projector.Sum() != cents)
                throw new InvalidDataException("The read model's sum is not the log's.");
            Add(bench, round, name, elapsed, await cost.Figures(bench.Options.Events));
        }
        finally
        {
            await bench.Databases.Drop(database);
        }
    }

    private static async Task MeasureLedger(Bench bench, int round, string name, bool alone)
    {
        var database = await bench.Databases.Create();
        try
        {
            if (alone)
            {
                // A pause outlives the silo that took it.
                await using var ledger = await LedgerCluster.Start(bench, database: database);
                await ledger.PauseReadModels(except: "accounts");
                await ledger.Stop();
            }
            var cents = await LogFiller.Fill(database, Accounts.Count, bench.Options.Events);
            await Measure(bench, round, name, database, alone ? "accounts" : null, cents);
        }
        finally
        {
            await bench.Databases.Drop(database);
        }
    }

    private static async Task Measure(Bench bench, int round, string name, string database, string? only, long cents)
    {
        var cost = await Cost.Start(bench, []);
        var started = Stopwatch.GetTimestamp();
        await using var ledger = await LedgerCluster.Start(bench, database: database);
        var start = Stopwatch.GetElapsedTime(started);
        await Wait.Until(async () => await ledger.Behind(only) == 0, "nothing is behind", bench.Cancellation);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var used = await cost.Figures(bench.Options.Events, ledger.Processes);
        await Verify(ledger, cents, only is null);
        Bench.Say($"  verified: {cents} cents");
        Add(bench, round, name, elapsed, used,
            new("start of the silo s", start.TotalSeconds), new("memory at most MiB", Memory.PeakMiB(ledger.Processes[0])));
        if (only is not null)
            await MeasureRebuild(bench, round, ledger, cents);
    }

    // From the order until queries read the new build.
    private static async Task MeasureRebuild(Bench bench, int round, LedgerCluster ledger, long cents)
    {
        var live = (await ledger.AccountsModel.Show()).Live.Number;
        var cost = await Cost.Start(bench, ledger.Processes);
        var started = Stopwatch.GetTimestamp();
        await ledger.AccountsModel.Rebuild(null);
        await Wait.Until(
            async () => (await ledger.AccountsModel.Show()).Live.Number != live, "the rebuild has taken its place", bench.Cancellation);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var used = await cost.Figures(bench.Options.Events);
        await Verify(ledger, cents, all: false);
        Add(bench, round, "OrleansEs: rebuild of accounts", elapsed, used,
            new Figure("memory at most MiB", Memory.PeakMiB(ledger.Processes[0])));
    }

    // The read model shows what was filled in; all of them show as many events as there are.
    private static async Task Verify(LedgerCluster ledger, long cents, bool all)
    {
        var totals = await ledger.Queries.Totals(new TotalsQuery(TotalsBy.Asset), Freshness.Any);
        var sum = totals.Value.Groups.Single().Sum * 100;
        if (sum != cents)
            throw new InvalidDataException($"The read model's sum is {sum} cents instead of {cents}.");
        if (!all)
            return;
        var statement = (await ledger.Queries.Statement(
            new StatementQuery(Accounts.Id(0), null, null, null), Freshness.Any)).Value;
        var balance = (await ledger.Queries.Accounts(
            new AccountsQuery { Owner = Accounts.Id(0) }, Freshness.Any)).Value.Items.Single().Balances.Single().Balance;
        if (statement!.Single().Closing != balance)
            throw new InvalidDataException($"The statement ends with {statement!.Single().Closing} instead of {balance}.");
    }

    private static void Add(
        Bench bench, int round, string name, TimeSpan elapsed, IEnumerable<Figure> used, params Figure[] more)
    {
        var setting = string.Create(CultureInfo.InvariantCulture, $"{bench.Options.Events:#,##0} events");
        bench.Add(round, setting, name, [new("events/s", bench.Options.Events / elapsed.TotalSeconds),
            new("s", elapsed.TotalSeconds), .. used, .. more]);
    }
}
