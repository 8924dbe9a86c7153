using System.CommandLine;
using System.Globalization;
using OrleansEs.Client.Json;
using OrleansEs.EventLog.ReadModels;
using Spectre.Console;

namespace OrleansEs.Client.Cli;

/// <summary><c>readmodel verify</c>.</summary>
internal static class VerifyCommand
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    public static Command Build(CommandLine cli)
    {
        var model = ReadModelCommands.NameArgument();
        var command = new Command(
            "verify", "Compares all rows of a read model with those that its events make, while everybody goes on, and names the "
            + "first event at which they differ.") { model };
        return cli.Verb(command, async session =>
        {
            var name = await ReadModelCommands.NameOf(session, model);
            var control = (await session.Cluster()).GetGrain<IReadModelControlGrain>(name);
            return Tell(session.Output, await Run(session, name, control));
        });
    }

    // Whoever stops watching ends it, since nobody else would be told what it finds.
    private static async Task<ReadModelVerification> Run(Session session, string name, IReadModelControlGrain control)
    {
        var beginning = control.Verify();
        try
        {
            return await Watch(session, control, await session.Ask(beginning));
        }
        catch (OperationCanceledException) when (session.Cancellation.IsCancellationRequested)
        {
            // The signal may come before the answer that it has begun.
            await beginning.WaitAsync(session.Timeout, session.Time, CancellationToken.None);
            await End(control).WaitAsync(session.Timeout, session.Time, CancellationToken.None);
            throw new ClientException(
                ExitCodes.Unavailable, "interrupted", $"the verification of '{name}' was ended by a signal, and nothing was changed",
                "begin another one");
        }
    }

    private static async Task End(IReadModelControlGrain control)
    {
        try
        {
            await control.CancelVerification();
        }
        catch (ReadModelBusyException)
        {
            // It has ended by itself meanwhile.
        }
    }

    private static async Task<ReadModelVerification> Watch(
        Session session, IReadModelControlGrain control, ReadModelVerification begun)
    {
        var now = begun;
        await session.Output.Progress.Progress().AutoClear(true).StartAsync(async progress =>
        {
            var task = progress.AddTask(begun.Phase);
            while (now.EndedAt is null)
            {
                await Task.Delay(LookInterval, session.Time, session.Cancellation);
                session.Renew();
                now = await session.Ask(control.Verification()) is { } found && found.StartedAt == begun.StartedAt
                    ? found
                    : throw ClientException.Unavailable(
                        $"the verification of '{begun.Name}' ended with the silo that carried it out", "begin another one");
                task.MaxValue = Math.Max(now.Events, 1);
                task.Value = now.Applied;
                task.Description = $"{now.Phase} {Text(now.Applied)} of {Text(now.Events)} events";
            }
        });
        return now;
    }

    private static int Tell(Output output, ReadModelVerification found)
    {
        switch (found.Phase)
        {
            case ReadModelVerification.Equal:
            case ReadModelVerification.Differs:
                Print(output, found);
                break;
            case ReadModelVerification.Cancelled:
                throw ClientException.Unavailable($"the verification of '{found.Name}' was cancelled", "begin another one");
            default:
                throw new ClientException(
                    ExitCodes.Unavailable, "verification-failed",
                    $"'{found.Name}' could not be verified ({found.Error?.TrimEnd('.')})",
                    "nothing is known of its rows; see the silo's log");
        }
        if (found.Phase == ReadModelVerification.Equal)
            return ExitCodes.Done;
        var since = found.FirstEvent is { } first
            ? $"the first of them from {first.Type} on, version {Text(first.Version)} of {first.Journal} ({first.At})"
            : "the first of them is touched by no event";
        output.Error(new ClientException(
            ExitCodes.Refused, "read-model-differs", $"'{found.Name}' differs in {Text(found.DifferenceCount)} of its rows, {since}",
            found.FirstEvent is { } at
                ? $"make them anew: readmodel rebuild {found.Name}, or only those of the journal with --key {at.Journal}"
                : $"make them anew: readmodel rebuild {found.Name}"));
        return ExitCodes.Refused;
    }

    private static void Print(Output output, ReadModelVerification found)
    {
        if (output.Json)
        {
            output.Document(VerificationJson.Of(found), ClientJson.Plain.VerificationJson);
            return;
        }
        var tables = string.Join(", ", found.Tables.Select(table => $"{table.Table} {Text(table.Rows)}"));
        output.Line(
            $"{found.Phase}: {found.Name} build {Text(found.Build)}, {Text(found.Events)} events applied again, rows compared: {tables}");
        if (found.Differences.Count > 0)
            output.Table(
                null, ["table", "key", "what", "column", "live", "as the events make it"],
                found.Differences.SelectMany(row => row.Columns.Select(column => new[]
                {
                    row.Table, row.Key, row.Kind, column.Column, column.Live, column.Replayed,
                })));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
