using System.CommandLine;
using System.Globalization;
using OrleansEs.Client.Json;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Client.Cli;

/// <summary><c>readmodel list|show|pause|resume|rebuild|quarantine</c>.</summary>
internal static class ReadModelCommands
{
    public static Command Build(CommandLine cli)
    {
        var model = new Command("readmodel", "Shows, pauses and resumes read models.");
        model.Subcommands.Add(List(cli));
        model.Subcommands.Add(Change(cli, "show", "Shows where a read model stands.", _ => Task.CompletedTask));
        model.Subcommands.Add(Change(cli, "pause", "Stops applying events, until resumed.", control => control.Pause()));
        model.Subcommands.Add(Change(cli, "resume", "Goes on after a pause.", control => control.Resume()));
        model.Subcommands.Add(QuarantineCommands.Rebuild(cli));
        model.Subcommands.Add(QuarantineCommands.Build(cli));
        return model;
    }

    private static Command List(CommandLine cli) =>
        cli.Verb(new Command("list", "Lists the read models and where they stand."), async session =>
        {
            var cluster = await session.Cluster();
            var models = new List<ReadModelJson>();
            foreach (var name in await session.Ask(cluster.GetGrain<IReadModelDirectoryGrain>(0).List()))
                models.Add(Mapping.Of(await session.Ask(cluster.GetGrain<IReadModelControlGrain>(name).Show())));
            if (session.Output.Json)
            {
                session.Output.Document(new ListJson<ReadModelJson>(models), ClientJson.Plain.ListJsonReadModelJson);
                return ExitCodes.Done;
            }
            session.Output.Table(
                null, ["name", "version#", "state", "applied#", "head#", "behind#", "parked#"], models.Select(model => new[]
                {
                    model.Name, Text(model.Version), model.State, Text(model.Position), Text(model.Head), Text(model.Behind),
                    Text(model.Parked),
                }));
            return ExitCodes.Done;
        });

    private static Command Change(
        CommandLine cli, string name, string description, Func<IReadModelControlGrain, Task> change)
    {
        var model = new Argument<string>("name") { Description = "The read model's name; see: readmodel list." };
        return cli.Verb(new Command(name, description) { model }, async session =>
        {
            var wanted = Input.NotEmpty("name", session[model])!;
            var cluster = await session.Cluster();
            var names = await session.Ask(cluster.GetGrain<IReadModelDirectoryGrain>(0).List());
            if (!names.Contains(wanted))
            {
                throw ClientException.Input(
                    $"there is no read model '{wanted}'", $"name one of {string.Join(", ", names)}");
            }
            var control = cluster.GetGrain<IReadModelControlGrain>(wanted);
            await session.Ask(Do(change(control)));
            Print(session.Output, Mapping.Of(await session.Ask(control.Show())));
            return ExitCodes.Done;
        });
    }

    private static async Task<bool> Do(Task task)
    {
        await task;
        return true;
    }

    private static void Print(Output output, ReadModelJson model)
    {
        if (output.Json)
        {
            output.Document(model, ClientJson.Plain.ReadModelJson);
            return;
        }
        output.Line($"{model.Name} version {model.Version}: {model.State}, {model.Behind} behind, {model.Parked} parked");
        output.Table(
            null, ["partition#", "state", "applied#", "head#", "behind#", "parked#", "silo", "error"], model.Parts.Select(part => new[]
            {
                Text(part.Partition), part.State, Text(part.Position), Text(part.Head), Text(part.Behind), Text(part.Parked),
                part.Silo, part.Error,
            }));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
