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

    private const string Floor = "raw: COPY over four connections";

    public static Task Measure(Bench bench)
    {
        if (bench.Options.Sqlite)
            throw new NotSupportedException("COPY is PostgreSQL's: leave --store sqlite out.");
        bench.Report.Floor = Floor;
        var (one, four) = (new Imported(bench.Options.Events, 1), new Imported(bench.Options.Events, Lanes));
        return bench.InTurn(
        [
            ("raw: COPY over one connection", (round, name) => MeasureRaw(bench, round, name, one, RawImport.Copy)),
            (Floor, (round, name) => MeasureRaw(bench, round, name, four, RawImport.Copy)),
            ("raw: inserts of 500 rows over four connections", (round, name) => MeasureRaw(
                bench, round, name, four, static (source, imported) => RawImport.Insert(source, imported, rowsEach: 500))),
            ("OrleansEs: bulks of 5,000 commands", (round, name) => MeasureLedger(
                bench, round, name, four, static (ledger, imported) => ledger.Append(imported))),
            ("OrleansEs: restore of another log", (round, name) => MeasureLedger(
                bench, round, name, four, static (ledger, imported) => ledger.Restore(imported))),
        ]);
    }

    private static async Task MeasureRaw(
        Bench bench, int round, string name, Imported imported, Func<NpgsqlDataSource, Imported, Task> import)
    {
        await using var database = await RawPostgres.Create(bench);
        await Measure(bench, round, name, () => import(database.Source, imported));
        imported.Verify(await database.Read());
    }

    private static async Task MeasureLedger(
        Bench bench, int round, string name, Imported imported, Func<LedgerImport, Imported, Task> import)
    {
        var database = await bench.Databases.Create();
        try
        {
            using (var ledger = new LedgerImport(database))
                await Measure(bench, round, name, () => import(ledger, imported));
            await using var connection = new NpgsqlConnection(database);
            await connection.OpenAsync();
            imported.Verify(await LogCheck.Read(connection, heads: true));
        }
        finally
        {
            await bench.Databases.Drop(database);
        }
    }

    private static async Task Measure(Bench bench, int round, string name, Func<Task> import)
    {
        var cost = await Cost.Start(bench, []);
        var started = Stopwatch.GetTimestamp();
        await import();
        var elapsed = Stopwatch.GetElapsedTime(started);
        var setting = string.Create(CultureInfo.InvariantCulture, $"{bench.Options.Events:#,##0} events");
        bench.Add(round, setting, name, [new("events/s", bench.Options.Events / elapsed.TotalSeconds),
            new("s", elapsed.TotalSeconds), .. await cost.Figures(bench.Options.Events)]);
    }
}
