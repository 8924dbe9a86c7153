using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using OrleansEs.Client.Json;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;
using Spectre.Console;

namespace OrleansEs.Client.Cli;

/// <summary><c>log copy</c>: a whole log to another database, which works on both of them by itself.</summary>
internal static class LogCopyCommand
{
    private static readonly Option<string> s_from = Place("--from", "Where the log is");
    private static readonly Option<string> s_to = Place("--to", "Where it goes: a new database, or one that an earlier copy began");

    public static Command Build(CommandLine cli)
    {
        var command = new Command(
            "copy", "Copies the whole log to another database, with all positions and times, and reads it back. Stop the silos of a "
            + "file, and let none work on the target; run it again to go on after an interruption, or to take what came meanwhile.")
        {
            s_from, s_to,
        };
        return cli.Verb(command, async session =>
        {
            var (from, to) = (Read(session, s_from), Read(session, s_to));
            if (from == to)
                throw ClientException.Input("--from and --to name the same log", "name another target");
            await RequireSource(from, session.Cancellation);
            await using var source = OfflineServices.Open(from);
            if (to.Database is { } database)
                await PostgresConnection.RequireNoSilos(database, session.Cancellation);
            var log = source.Provider.GetRequiredService<IEventLogReader>();
            await using var target = OfflineServices.Open(to, await IsNew(to, session.Cancellation) ? log.Identity.Partitions : null);
            var store = target.Provider.GetRequiredService<IEventLogStore>();
            var copy = await Copy(session, new LogCopier(log, store));
            Report(session.Output, store.Identity, copy);
            return ExitCodes.Done;
        });
    }

    private static Option<string> Place(string name, string what) => new(name)
    {
        Description = $"{what}: a SQLite file, or the connection string of a PostgreSQL (Host=…;Database=…).",
        HelpName = "file|string",
        Required = true,
    };

    // Every connection string has a '=', and so has hardly any file.
    private static ConnectionOptions Read(Session session, Option<string> option)
    {
        var text = session[option]!;
        return text.Contains('=', StringComparison.Ordinal) && !File.Exists(text)
            ? session.OfflineAt(database: Input.ConnectionString(text, option.Name), file: null)
            : session.OfflineAt(database: null, file: Path.GetFullPath(Input.NotEmpty(option.Name, text)!));
    }

    // What is opened is made when it is not there, and nobody wants a copy of that.
    private static async Task RequireSource(ConnectionOptions from, CancellationToken cancellation)
    {
        if (from.Database is { } database)
            await PostgresConnection.RequireLog(database, cancellation);
        else if (!File.Exists(from.DataPath))
            throw ClientException.Input($"--from: there is no file '{from.DataPath}'", "name the file of the log");
    }

    // A new target is created with the source's number of partitions; the copier says what is wrong with another one.
    private static async Task<bool> IsNew(ConnectionOptions to, CancellationToken cancellation) => to.Database is { } database
        ? !await PostgresConnection.HoldsLog(database, cancellation)
        : new FileInfo(to.DataPath) is not { Exists: true, Length: > 0 };

    private static async Task<LogCopy> Copy(Session session, LogCopier copier)
    {
        try
        {
            return await session.Output.Progress.Progress().AutoClear(true).StartAsync(progress =>
                copier.Copy(new Bar(progress.AddTask("copying")), session.Cancellation));
        }
        catch (RestoreRefusedException refused)
        {
            throw new ClientException(ExitCodes.Refused, "log-not-copied", refused.Message, "");
        }
        catch (Exception lost) when (lost is EventLogUnavailableException or OutcomeUnknownException)
        {
            throw ClientException.Unavailable(lost.Message, "run it again: it goes on where it stood");
        }
    }

    private static void Report(Output output, LogIdentity target, LogCopy copy)
    {
        var result = new LogCopyJson(
            target.LogId, copy.Copied, copy.Heads.Sum(),
            [.. copy.Heads.Select((head, partition) => new PartitionJson(partition, head))]);
        if (output.Json)
            output.Document(result, ClientJson.Plain.LogCopyJson);
        else
            output.Line(
                $"done: {result.Copied} events copied, all {result.Events} read back and equal; silos may start on the target, which "
                + "make its read models by themselves");
    }

    private sealed class Bar(ProgressTask task) : IProgress<LogCopyProgress>
    {
        public void Report(LogCopyProgress value)
        {
            task.MaxValue = Math.Max(value.Events, 1);
            task.Value = value.Done;
            task.Description = string.Create(
                CultureInfo.InvariantCulture, $"{(value.IsCompared ? "compared" : "copied")} {value.Done} of {value.Events} events");
        }
    }
}
