using System.CommandLine;
using System.Text;
using OrleansEs.Client.Books;
using OrleansEs.Client.Json;
using OrleansEs.Ledger.Queries;
using Spectre.Console;

namespace OrleansEs.Client.Cli;

/// <summary><c>export</c>: the ledger as a plain-text accounting journal, or all of its events as JSON lines.</summary>
internal static class ExportCommand
{
    private const string JsonLines = "jsonl";

    public static Command Build(CommandLine cli)
    {
        var fresh = new FreshnessOption();
        var file = new Argument<string>("file")
        {
            Description = "Where to; standard output when absent.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var format = new Option<string>("--format")
        {
            Description = "journal (hledger reads it) or jsonl (every event) [journal].",
            HelpName = "what",
        };
        var command = fresh.AddTo(new Command("export", "Exports the ledger.") { file, format });
        return cli.Verb(command, async session =>
        {
            var name = session[format] ?? "journal";
            var what = name switch
            {
                "journal" => BookFormat.Journal,
                JsonLines => BookFormat.JsonLines,
                _ => throw ClientException.Input($"--format '{name}' is not known", "give journal or jsonl"),
            };
            var path = session.Parse.GetValue(file);
            if (path is null && session.Output.Json && what == BookFormat.Journal)
                throw ClientException.Input("--json prints JSON only, and a journal is none", "name a file, or --format jsonl");
            var tokens = fresh.Tokens(session);
            var export = new BookExport((await session.Cluster()).GetGrain<ILedgerQueries>(0));
            var freshness = FreshnessOption.Freshness(session, tokens);
            var result = path is null
                ? await export.Run(what, session.Output.Raw, freshness, session.Cancellation)
                : await WriteFile(session, export, what, path, freshness);
            if (path is not null && !result.IsStale)
                Report(session.Output, path, name, result);
            return FreshnessOption.End(session, result.IsStale, tokens, result.Cut);
        });
    }

    /// <summary>Writes beside the file and puts it in its place when it is whole: a half export never looks like one.</summary>
    private static async Task<BookExportResult> WriteFile(
        Session session, BookExport export, BookFormat format, string path, Freshness freshness)
    {
        var unfinished = path + ".part";
        try
        {
            BookExportResult result;
            await using (var writer = new StreamWriter(unfinished, append: false, new UTF8Encoding(false)))
            {
                result = await session.Output.Progress.Status().StartAsync(
                    $"exporting to {Markup.Escape(Output.Plain(path))}",
                    _ => export.Run(format, writer, freshness, session.Cancellation));
            }
            if (!result.IsStale)
                File.Move(unfinished, path, overwrite: true);
            return result;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw ClientException.Input(
                $"'{path}' cannot be written ({error.Message.TrimEnd('.')})", "name a file that can, on a disk with space");
        }
        finally
        {
            if (File.Exists(unfinished))
                File.Delete(unfinished);
        }
    }

    private static void Report(Output output, string path, string format, BookExportResult result)
    {
        if (output.Json)
            output.Document(new ExportJson(path, format, result.Entries, result.Cut), ClientJson.Plain.ExportJson);
        else
            output.Line($"{path}: {result.Entries} {(format == JsonLines ? "events" : "transactions")}");
    }
}
