using System.Diagnostics;
using System.Globalization;
using Npgsql;
using OrleansEs.Benchmarks.Contenders;
using OrleansEs.Benchmarks.Frame;

namespace OrleansEs.Benchmarks.Workloads;

/// <summary>
/// W5: events of about 200 bytes that are brought into an empty log at once, all into the same tables with all of their
/// indexes, by one process beside the server.
/// </summary>
internal static class BulkImports
{
    private const int Lanes = 4;

    // After these a contender's code is compiled as well as it ever will be, as that of a silo that has run for a minute is.
    private const int WarmUps = 3;
    private const int WarmUpEvents = 100_000;

    private const string Floor = "raw: COPY over four connections";

    public static Task Measure(Bench bench)
    {
        if (bench.Options.Sqlite)
            throw new NotSupportedException("COPY is PostgreSQL's: leave --store sqlite out.");
        bench.Report.Floor = Floor;
        return bench.InTurn(
        [
            ("raw: COPY over one connection", (round, name) => Measure(bench, round, name, 1, Raw(bench, RawImport.Copy))),
            (Floor, (round, name) => Measure(bench, round, name, Lanes, Raw(bench, RawImport.Copy))),
            ("raw: inserts of 500 rows over four connections", (round, name) => Measure(
                bench, round, name, Lanes,
                Raw(bench, static (source, imported) => RawImport.Insert(source, imported, rowsEach: 500)))),
            ("OrleansEs: bulks of 5,000 commands", (round, name) => Measure(
                bench, round, name, Lanes, Ledger(bench, static (ledger, imported) => ledger.Append(imported)))),
            ("OrleansEs: restore of another log", (round, name) => Measure(
                bench, round, name, Lanes, Ledger(bench, static (ledger, imported) => ledger.Restore(imported)))),
        ]);
    }

    private static async Task Measure(
        Bench bench, int round, string name, int lanes, Func<Imported, Task<(TimeSpan Elapsed, IReadOnlyList<Figure> Cost)>> import)
    {
        for (var warmUp = 0; round == 1 && warmUp < WarmUps; warmUp++)
            await import(new Imported(WarmUpEvents, lanes));
        var (elapsed, cost) = await import(new Imported(bench.Options.Events, lanes));
        var setting = string.Create(CultureInfo.InvariantCulture, $"{bench.Options.Events:#,##0} events");
        bench.Add(round, setting, name, [new("events/s", bench.Options.Events / elapsed.TotalSeconds),
            new("s", elapsed.TotalSeconds), .. cost]);
    }

    private static Func<Imported, Task<(TimeSpan Elapsed, IReadOnlyList<Figure> Cost)>> Raw(
        Bench bench, Func<NpgsqlDataSource, Imported, Task> import) => async imported =>
    {
        await using var database = await RawPostgres.Create(bench);
        var timed = await Timed(bench, imported, () => import(database.Source, imported));
        imported.Verify(await database.Read());
        return timed;
    };

    private static Func<Imported, Task<(TimeSpan Elapsed, IReadOnlyList<Figure> Cost)>> Ledger(
        Bench bench, Func<LedgerImport, Imported, Task> import) => async imported =>
    {
        var database = await bench.Databases.Create();
        try
        {
            using var ledger = new LedgerImport(database);
            var timed = await Timed(bench, imported, () => import(ledger, imported));
            await using var connection = new NpgsqlConnection(database);
            await connection.OpenAsync();
            imported.Verify(await LogCheck.Read(connection, heads: true));
            return timed;
        }
        finally
        {
            await bench.Databases.Drop(database);
        }
    };

    private static async Task<(TimeSpan Elapsed, IReadOnlyList<Figure> Cost)> Timed(Bench bench, Imported imported, Func<Task> import)
    {
        var cost = await Cost.Start(bench, []);
        var started = Stopwatch.GetTimestamp();
        await import();
        var elapsed = Stopwatch.GetElapsedTime(started);
        return (elapsed, await cost.Figures(imported.Events));
    }
}
