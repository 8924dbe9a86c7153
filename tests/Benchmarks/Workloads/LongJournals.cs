using System.Diagnostics;
using System.Globalization;
using Npgsql;
using OrleansEs.Benchmarks.Baselines;
using OrleansEs.Benchmarks.Contenders;
using OrleansEs.Benchmarks.Frame;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Benchmarks.Workloads;

/// <summary>
/// W2: journals of 1,000, 10,000 and 100,000 events: what one more event costs, what it takes to load one that is not in
/// memory, and how many bytes an event takes on disk.
/// </summary>
internal static class LongJournals
{
    private const string Floor = "raw: insert; reads everything";

    // Some journals of each length, so that none is measured alone.
    private const int Journals = 3;
    private const int Loads = 10;
    private const int AppendsMax = 300;

    public static Task Measure(Bench bench)
    {
        if (bench.Options.Sqlite)
            throw new NotSupportedException("Journals are filled by PostgreSQL's COPY: leave --store sqlite out.");
        bench.Report.Floor = Floor;
        return bench.InTurn(
        [
            (Floor, (round, name) => ForEachLength(bench, events => MeasureRaw(bench, round, name, events))),
            ("OrleansEs", (round, name) => ForEachLength(bench, events => MeasureLedger(bench, round, name, events))),
            ("Orleans: LogStorage", (round, name) => ForEachLength(
                bench, events => MeasureBaseline<ILogStorageAccount>(bench, round, name, events))),
            ("Orleans: StateStorage (no events)", (round, name) => ForEachLength(
                bench, events => MeasureBaseline<IStateStorageAccount>(bench, round, name, events))),
        ]);
    }

    private static async Task ForEachLength(Bench bench, Func<int, Task> measure)
    {
        foreach (var events in new[] { 1_000, 10_000, 100_000 }.Where(events => events <= bench.Options.Events))
            await measure(events);
    }

    private static async Task MeasureRaw(Bench bench, int round, string name, int events)
    {
        var database = await bench.Databases.Create();
        try
        {
            await LogFiller.Fill(database, Journals, Journals * events);
            await using var source = NpgsqlDataSource.Create($"{database};Max Auto Prepare=8;Auto Prepare Min Usages=2");
            var log = new RawLog(Journals, await LogFiller.Heads(database), events);
            var append = await Appends(bench, journal => RawInsert.Insert(source, log.Next(journal, 1)));
            var load = await Times(Loads, async journal =>
            {
                var deposits = await ReadAll(source, journal);
                if (deposits < events - 1)
                    throw new InvalidDataException($"Journal {journal} has {deposits} deposits.");
            });
            Add(bench, round, name, events, append, load, [.. await Sizes(database)]);
        }
        finally
        {
            await bench.Databases.Drop(database);
        }
    }

    private static async Task MeasureLedger(Bench bench, int round, string name, int events)
    {
        var database = await bench.Databases.Create();
        try
        {
            // A pause outlives the silo that took it: what is measured is the journals and not the read models.
            await using (var before = await LedgerCluster.Start(bench, database: database))
            {
                await before.PauseReadModels();
                await before.Stop();
            }
            await LogFiller.Fill(database, Journals, Journals * events);
            await using var ledger = await LedgerCluster.Start(bench, database: database);
            async Task Load(int journal)
            {
                var view = await ledger.Account(Accounts.Id(journal)).Show(AsOf.Now);
                if (view!.Version < events)
                    throw new InvalidDataException($"{view.Id} has only {view.Version} versions.");
            }
            // One load that finds no snapshot; the append after it makes one.
            var whole = await Times(1, Load);
            var append = await Appends(bench, journal => LedgerCluster.Execute(
                ledger.Account(Accounts.Id(journal)), LedgerCluster.Deposit(1)));
            await Times(1, Load);
            var load = await Times(Loads, Load, () => Activations.Collect(ledger.Grains));
            await ledger.ReadLog();
            Add(bench, round, name, events, append, load,
                [new("load without snapshot p50 ms", whole.Milliseconds(0.5)), .. await Sizes(database)]);
        }
        finally
        {
            await bench.Databases.Drop(database);
        }
    }

    private static async Task MeasureBaseline<TAccount>(Bench bench, int round, string name, int events)
        where TAccount : IBaselineAccount
    {
        await using var silo = await BaselineSilo.Start(bench);
        TAccount Account(int journal) => silo.Grains.GetGrain<TAccount>(Accounts.Id(journal));
        for (var journal = 0; journal < Journals; journal++)
            await Account(journal).Fill(events, BaselineDeposited.Of(1));
        var bytes = await silo.StoredBytes() / (double)(Journals * events);
        var append = await Appends(bench, journal => Account(journal).Deposit(BaselineDeposited.Of(1)));
        var load = await Times(Loads, async journal =>
        {
            var balance = await Account(journal).Read();
            if (balance!.Deposits < events)
                throw new InvalidDataException($"Account {journal} has only {balance.Deposits} deposits.");
        }, () => Activations.Collect(silo.Grains));
        Add(bench, round, name, events, append, load, [new("bytes per event", bytes)]);
    }

    // One caller, each journal in turn, as many as the time allows.
    private static async Task<Latencies> Appends(Bench bench, Func<int, Task> append)
    {
        var started = Stopwatch.GetTimestamp();
        var ticks = new List<long>();
        while (ticks.Count < AppendsMax && (ticks.Count < 2 * Journals || Stopwatch.GetElapsedTime(started) < bench.Options.Duration))
            ticks.Add(await Time(() => append(ticks.Count % Journals)));
        // The first ones load the journals and warm the code up.
        return new Latencies(ticks.Skip(ticks.Count / 10 + Journals));
    }

    private static async Task<Latencies> Times(int times, Func<int, Task> load, Func<Task>? before = null)
    {
        var ticks = new List<long>();
        for (var time = 0; time < times; time++)
        {
            if (before is not null)
                await before();
            for (var journal = 0; journal < Journals; journal++)
                ticks.Add(await Time(() => load(journal)));
        }
        return new Latencies(ticks);
    }

    private static async Task<long> Time(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetTimestamp() - started;
    }

    private static async Task<int> ReadAll(NpgsqlDataSource source, int journal)
    {
        await using var command = source.CreateCommand(
            "select version, type, payload from log_event where journal = $1 order by version");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"account/{Accounts.Id(journal)}" });
        await using var reader = await command.ExecuteReaderAsync();
        var (deposits, cents) = (0, 0L);
        while (await reader.ReadAsync())
        {
            if (reader.GetString(1) != RawRow.Type)
                continue;
            deposits++;
            cents += RawProjector.CentsOf(reader.GetString(2));
        }
        return cents > 0 ? deposits : 0;
    }

    private static async Task<IEnumerable<Figure>> Sizes(string database) =>
        (await LogFiller.Sizes(database)).Select(size => new Figure(size.Name, size.BytesPerEvent));

    private static void Add(
        Bench bench, int round, string name, int events, Latencies append, Latencies load, params IEnumerable<Figure> more) =>
        bench.Add(round, string.Create(CultureInfo.InvariantCulture, $"{events:#,##0} events"), name,
        [
            new("append p50 ms", append.Milliseconds(0.5)), new("append p99 ms", append.Milliseconds(0.99)),
            new("cold load p50 ms", load.Milliseconds(0.5)), .. more,
        ]);
}
