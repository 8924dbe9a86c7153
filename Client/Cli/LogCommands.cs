using System.CommandLine;
using System.Globalization;
using OrleansEs.Client.Json;
using OrleansEs.EventLog;

namespace OrleansEs.Client.Cli;

/// <summary><c>log stats|copy</c>.</summary>
internal static class LogCommands
{
    public static Command Build(CommandLine cli)
    {
        var log = new Command("log", "Looks at the log itself, and moves it.");
        log.Subcommands.Add(cli.Verb(new Command("stats", "Says how many events each partition holds."), async session =>
        {
            var cluster = await session.Cluster();
            var stats = Mapping.Of(await session.Ask(cluster.GetGrain<ILogGrain>(0).Stats()));
            if (session.Output.Json)
            {
                session.Output.Document(stats, ClientJson.Plain.LogStatsJson);
                return ExitCodes.Done;
            }
            session.Output.Line($"log {stats.LogId}, schema {stats.Schema}: {stats.Events} events");
            session.Output.Table(null, ["partition#", "head#"], stats.Partitions.Select(partition => new[]
            {
                partition.Partition.ToString(CultureInfo.InvariantCulture), partition.Head.ToString(CultureInfo.InvariantCulture),
            }));
            return ExitCodes.Done;
        }));
        log.Subcommands.Add(LogCopyCommand.Build(cli));
        return log;
    }
}
