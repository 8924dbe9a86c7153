using System.CommandLine;
using OrleansEs.Client.Demo;
using OrleansEs.Client.Json;

namespace OrleansEs.Client.Cli;

/// <summary><c>demo</c>: the whole story, on a running cluster or on one of its own.</summary>
internal static class DemoCommand
{
    public static Command Build(CommandLine cli) => cli.Verb(
        new Command("demo", "Tells the whole story in one minute; hosts a silo of its own when none runs."), async session =>
        {
            var options = session.ConnectionOptions();
            var run = Guid.NewGuid().ToString("N")[..6];
            if (options.Embedded || options.GatewayGiven || options.Database is not null
                || await Connection.Listens(options, session.Cancellation))
                return await Tell(session, await session.Connect(), run);
            var folder = Directory.CreateTempSubdirectory("orleanses-demo-");
            try
            {
                session.Use(await Connection.Open(
                    options with { Embedded = true, DataPath = Path.Combine(folder.FullName, "demo.db") },
                    session.Timeout, session.Cancellation));
                var code = await Tell(session, await session.Connect(), run);
                await session.DisposeAsync();
                return code;
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        });

    private static async Task<int> Tell(Session session, Connection connection, string run)
    {
        var narrator = new Narrator(session.Output);
        narrator.Says($"On {connection.Place}; this run is {run}.");
        var ledger = new DemoLedger(session, connection.Grains, "demo");
        var sums = await new DemoStory(ledger, narrator, run).Tell();
        var balanced = sums.Count > 0 && sums.All(sum => sum.Difference == 0);
        if (session.Output.Json)
        {
            session.Output.Document(
                new DemoJson(run, connection.Place, balanced, [.. sums.Select(sum => Mapping.Of(sum))]),
                ClientJson.Plain.DemoJson);
        }
        narrator.End(
            balanced,
            balanced ? "All balances sum to zero. That was the whole story." : "The balances do not sum to zero: money was lost or made.");
        return balanced ? ExitCodes.Done : ExitCodes.Refused;
    }
}
