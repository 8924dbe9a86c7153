using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using OrleansEs.Client.Json;
using OrleansEs.EventLog.ReadModels;
using Spectre.Console;

namespace OrleansEs.Client.Cli;

/// <summary><c>readmodel list|show|pause|resume|rebuild|rollback|cancel|build|verify|quarantine</c>.</summary>
internal static class ReadModelCommands
{
    private static readonly TimeSpan s_progressPeriod = TimeSpan.FromMilliseconds(250);

    public static Command Build(CommandLine cli)
    {
        var model = new Command("readmodel", "Shows, pauses and rebuilds read models.");
        model.Subcommands.Add(List(cli));
        model.Subcommands.Add(Show(cli));
        model.Subcommands.Add(Change(cli, "pause", "Stops applying events, until resumed.", async control =>
        {
            await control.Pause();
            return await control.Show();
        }));
        model.Subcommands.Add(Change(cli, "resume", "Goes on after a pause.", async control =>
        {
            await control.Resume();
            return await control.Show();
        }));
        model.Subcommands.Add(Rebuild(cli));
        model.Subcommands.Add(Change(
            cli, "rollback", "Makes the build live again that was live before a rebuild.", control => control.RollBack()));
        model.Subcommands.Add(Change(cli, "cancel", "Ends the rebuild under way.", control => control.Cancel()));
        model.Subcommands.Add(BuildAhead(cli));
        model.Subcommands.Add(VerifyCommand.Build(cli));
        model.Subcommands.Add(QuarantineCommands.Build(cli));
        return model;
    }

    private static Command List(CommandLine cli) =>
        cli.Verb(new Command("list", "Lists the read models and where they stand."), async session =>
        {
            var directory = (await session.Cluster()).GetGrain<IReadModelDirectoryGrain>(0);
            var models = new List<ReadModelJson>();
            foreach (var name in await session.Ask(directory.List()))
                models.Add(Mapping.Of(await session.Ask(directory.Show(name))));
            if (session.Output.Json)
            {
                session.Output.Document(new ListJson<ReadModelJson>(models), ClientJson.Plain.ListJsonReadModelJson);
                return ExitCodes.Done;
            }
            session.Output.Table(
                null, ["name", "version#", "build#", "state", "applied#", "head#", "behind#", "lag s#", "rate/s#", "parked#"],
                models.Select(model => new[]
                {
                    model.Name, Text(model.Version), Text(model.Build), model.State, Text(model.Position), Text(model.Head),
                    Text(model.Behind), Text(model.LagSeconds), Text(model.Rate), Text(model.Parked),
                }));
            return ExitCodes.Done;
        });

    private static Command Show(CommandLine cli)
    {
        var model = NameArgument();
        return cli.Verb(new Command("show", "Shows where a read model stands.") { model }, async session =>
        {
            var name = await NameOf(session, model);
            Print(session.Output, Mapping.Of(await session.Ask(Directory(await session.Cluster()).Show(name))));
            return ExitCodes.Done;
        });
    }

    private static Command Change(
        CommandLine cli, string name, string description, Func<IReadModelControlGrain, Task<ReadModelStatus>> change)
    {
        var model = NameArgument();
        return cli.Verb(new Command(name, description) { model }, async session =>
        {
            var control = (await session.Cluster()).GetGrain<IReadModelControlGrain>(await NameOf(session, model));
            Print(session.Output, Mapping.Of(await session.Ask(change(control))));
            return ExitCodes.Done;
        });
    }

    private static Command Rebuild(CommandLine cli)
    {
        var model = NameArgument();
        var rate = new Option<string>("--max-rate")
        {
            Description = "Apply at most so many events a second, to spare the database [no limit].",
            HelpName = "n",
        };
        var detach = new Option<bool>("--detach") { Description = "Do not wait until the new build is live." };
        var command = new Command("rebuild", "Builds a read model anew beside the live one, which it then replaces.")
        {
            model, QuarantineCommands.Key, QuarantineCommands.Actor, rate, detach,
        };
        return cli.Verb(command, async session =>
        {
            var rateMax = Input.Count("--max-rate", session[rate], 1, 10_000_000);
            var name = await NameOf(session, model);
            var cluster = await session.Cluster();
            if (session[QuarantineCommands.Key] is not null)
                return await QuarantineCommands.RebuildKey(session, name, cluster.GetGrain<IReadModelControlGrain>(name));
            var begun = await session.Ask(cluster.GetGrain<IReadModelControlGrain>(name).Rebuild(rateMax));
            var status = session[detach] ? begun : await Watch(session, Directory(cluster), name, begun.Builds[^1].Number);
            Print(session.Output, Mapping.Of(status));
            return ExitCodes.Done;
        });
    }

    // Until the build is live. Whoever stops watching does not stop the build.
    private static async Task<ReadModelStatus> Watch(
        Session session, IReadModelDirectoryGrain directory, string name, int build)
    {
        ReadModelStatus? status = null;
        await session.Output.Progress.Progress().AutoClear(true).StartAsync(async progress =>
        {
            var task = progress.AddTask($"build {build} of {name}");
            while (status is null || status.Live.Number != build)
            {
                session.Renew();
                status = await session.Ask(directory.Show(name));
                var under = status.Builds.FirstOrDefault(candidate => candidate.Number == build)
                    ?? throw ClientException.Unavailable($"build {build} of '{name}' was cancelled", "begin another one");
                if (under.Parts.FirstOrDefault(part => part.Error is not null) is { Error: { } error } failing)
                    throw ClientException.Unavailable(
                        $"build {build} of '{name}' stands in partition {failing.Partition}: {error}",
                        $"it goes on when the cause is gone; or end it: readmodel cancel {name}");
                var (applied, head) = (under.Parts.Sum(part => part.Position), under.Parts.Sum(part => part.Head));
                Advance(task, applied, head, under.Parts.Sum(part => part.Rate));
                await Task.Delay(s_progressPeriod, session.Time, session.Cancellation);
            }
        });
        return status!;
    }

    private static Command BuildAhead(CommandLine cli)
    {
        var model = NameArgument();
        var command = new Command(
            "build", "Builds a new version before its silos are deployed: it works on the database by itself "
            + "(--connection, or --data while no silo has the file).") { model };
        return cli.Verb(command, async session =>
        {
            var name = Input.NotEmpty("name", session[model])!;
            await using var services = OfflineServices.Open(session.ConnectionOptions(offline: true));
            var builder = services.Provider.GetRequiredService<ReadModelBuilder>();
            if (!builder.Names.Contains(name))
                throw ClientException.Input($"there is no read model '{name}'", $"name one of {string.Join(", ", builder.Names)}");
            var build = await session.Output.Progress.Progress().AutoClear(true).StartAsync(progress =>
            {
                var task = progress.AddTask($"a new version of {name}");
                return builder.Build(name, new Bar(task, session.Time), session.Cancellation);
            });
            var result = new BuildJson(build.Number, build.Version, Mapping.Word(build.State), 0, 0, 0, 0, build.ChangedAt, []);
            if (session.Output.Json)
                session.Output.Document(result, ClientJson.Plain.BuildJson);
            else
                session.Output.Line(
                    $"done: build {result.Build} of {name}, version {result.Version}; it becomes live when silos that know it start");
            return ExitCodes.Done;
        });
    }

    /// <summary>Names a read model.</summary>
    public static Argument<string> NameArgument() =>
        new("name") { Description = "The read model's name; see: readmodel list." };

    /// <summary>The name that was given, of a read model that there is.</summary>
    public static async Task<string> NameOf(Session session, Argument<string> model)
    {
        var wanted = Input.NotEmpty("name", session[model])!;
        var names = await session.Ask(Directory(await session.Cluster()).List());
        return names.Contains(wanted)
            ? wanted
            : throw ClientException.Input(
                $"there is no read model '{wanted}'", $"name one of {string.Join(", ", names)}");
    }

    private static IReadModelDirectoryGrain Directory(IGrainFactory cluster) => cluster.GetGrain<IReadModelDirectoryGrain>(0);

    private static void Print(Output output, ReadModelJson model)
    {
        if (output.Json)
        {
            output.Document(model, ClientJson.Plain.ReadModelJson);
            return;
        }
        output.Line(
            $"{model.Name} version {model.Version}, build {model.Build}: {model.State}, {model.Behind} behind, {model.Parked} parked");
        foreach (var build in model.Builds.Where(build => build.Build != model.Build))
            output.Line($"build {build.Build}, version {build.Version}: {build.State}, {build.Behind} behind, {build.Rate}/s");
        output.Table(
            null, ["partition#", "state", "applied#", "head#", "behind#", "lag s#", "rate/s#", "parked#", "silo", "error"],
            model.Parts.Select(part => new[]
            {
                Text(part.Partition), part.State, Text(part.Position), Text(part.Head), Text(part.Behind), Text(part.LagSeconds),
                Text(part.Rate), Text(part.Parked), part.Silo, part.Error,
            }));
    }

    private static void Advance(ProgressTask task, long applied, long events, long rate)
    {
        task.MaxValue = Math.Max(events, 1);
        task.Value = applied;
        var left = rate > 0 ? $", {TimeSpan.FromSeconds((events - applied) / rate):c} left" : "";
        task.Description = string.Create(CultureInfo.InvariantCulture, $"{applied} of {events} events, {rate}/s{left}");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(double seconds) => seconds.ToString("0.0", CultureInfo.InvariantCulture);

    private sealed class Bar(ProgressTask task, TimeProvider time) : IProgress<(long Applied, long Events)>
    {
        private readonly long _since = time.GetTimestamp();
        private long? _first;

        public void Report((long Applied, long Events) value)
        {
            _first ??= value.Applied;
            var seconds = time.GetElapsedTime(_since).TotalSeconds;
            Advance(task, value.Applied, value.Events, seconds > 0 ? (long)((value.Applied - _first.Value) / seconds) : 0);
        }
    }
}
