using System.CommandLine;
using System.Text;
using OrleansEs.Client.Books;
using OrleansEs.Client.Json;
using OrleansEs.Ledger;
using Spectre.Console;

namespace OrleansEs.Client.Cli;

/// <summary><c>import</c>: a plain-text accounting journal into the ledger.</summary>
internal static class ImportCommand
{
    private const long FileBytesMax = 256L << 20;

    // A transfer of a thousand postings takes longer than a payment.
    private static readonly TimeSpan s_commandTimeoutMin = TimeSpan.FromSeconds(10);

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Command Build(CommandLine cli)
    {
        var file = new Argument<string>("file") { Description = "A journal in hledger's format." };
        var asset = new Option<string[]>("--asset")
        {
            Description = "Which asset a commodity symbol is: '$=USD', 'Fr=CHF/2'. May be given several times.",
            HelpName = "symbol=code",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
        var actor = new Option<string>("--actor") { Description = "Who asks [import].", HelpName = "name" };
        var command = new Command(
            "import", "Imports a plain-text accounting journal (hledger). A second time changes nothing.")
        {
            file, asset, actor,
        };
        return cli.Verb(command, async session =>
        {
            var path = session[file];
            var who = Input.NotEmpty("--actor", session[actor]) ?? "import";
            var (plan, errors) = BookPlanner.Plan(Read(path), path, Wishes(session.Parse.GetValue(asset) ?? []));
            if (plan is null)
            {
                foreach (var error in errors)
                    session.Output.Error(Wrong(error));
                return ExitCodes.BadInput;
            }
            foreach (var note in plan.Notes)
                session.Output.Progress.WriteLine(Output.Plain($"note: {note}"));
            var import = new BookImport(await session.Cluster(), session.Time);
            var options = new BookImportOptions
            {
                Actor = who,
                Timeout = session.Timeout > s_commandTimeoutMin ? session.Timeout : s_commandTimeoutMin,
            };
            return Report(session.Output, plan, await Watch(session, import, plan, options));
        });
    }

    private static string Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > FileBytesMax)
                throw ClientException.Input($"'{path}' is larger than {FileBytesMax} bytes", "split it");
            return File.ReadAllText(path, s_strictUtf8);
        }
        catch (DecoderFallbackException)
        {
            throw ClientException.Input($"'{path}' is no UTF-8 text", "convert it, for example with iconv");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw ClientException.Input($"'{path}' cannot be read ({error.Message.TrimEnd('.')})", "name a file that can");
        }
    }

    private static AssetOptions Wishes(string[] texts)
    {
        try
        {
            return AssetOptions.Parse(texts);
        }
        catch (FormatException error)
        {
            throw ClientException.Input($"--asset: {error.Message}");
        }
    }

    private static Task<BookImportResult> Watch(
        Session session, BookImport import, BookPlan plan, BookImportOptions options) =>
        session.Output.Progress.Progress().AutoClear(true).StartAsync(progress =>
        {
            var task = progress.AddTask($"importing {Markup.Escape(Output.Plain(Path.GetFileName(plan.File)))}");
            return import.Run(plan, options, new Bar(task), session.Cancellation);
        });

    private static int Report(Output output, BookPlan plan, BookImportResult result)
    {
        if (output.Json)
        {
            output.Document(
                new ImportJson(
                    plan.File, result.Opened, result.Posted, result.AlreadyThere, result.Skipped,
                    [.. result.Failures.Select(failure => new ImportFailureJson(failure.Line, failure.Message, failure.Remedy))],
                    Mapping.Of(result.Stopped), result.Tokens),
                ClientJson.Plain.ImportJson);
        }
        else
        {
            output.Line(
                $"{plan.File}: {result.Opened} accounts opened, {result.Posted} transfers posted, "
                + $"{result.AlreadyThere} had been there, {result.Skipped} transactions move nothing");
        }
        foreach (var failure in result.Failures)
            output.Error(Refused(failure));
        if (result.Stopped is { } stopped)
        {
            var code = stopped.Code switch
            {
                RefusalCodes.OutcomeUnknown => ExitCodes.Unknown,
                RefusalCodes.Unavailable or RefusalCodes.TooMuchContention => ExitCodes.Unavailable,
                _ => ExitCodes.Refused,
            };
            output.Error(new ClientException(code, stopped.Code, stopped.Message, stopped.Remedy));
            return code;
        }
        return result.Failures.Count > 0 ? ExitCodes.Refused : ExitCodes.Done;
    }

    private static ClientException Wrong(BookError error) =>
        new(ExitCodes.BadInput, "invalid-input", Place(error), error.Remedy);

    private static ClientException Refused(BookError error) =>
        new(ExitCodes.Refused, "transaction-refused", Place(error), error.Remedy);

    private static string Place(BookError error) =>
        error.Line == 0 ? $"{error.File}: {error.Message}" : $"{error.File}:{error.Line}: {error.Message}";

    private sealed class Bar(ProgressTask task) : IProgress<BookProgress>
    {
        public void Report(BookProgress value)
        {
            task.MaxValue = Math.Max(1, value.Total);
            task.Value = value.Done;
        }
    }
}
