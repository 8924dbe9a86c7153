using System.Text.Json.Nodes;
using OrleansEs.Faults.Harness;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Postgres;

/// <summary>All silos are killed in the middle of a rebuild, under load: it goes on, and takes the live build's place.</summary>
[Collection(ClusterCollection.Name)]
public sealed class RebuildKillTests
{
    // So slow that the kill comes in the middle, and so fast that the test ends.
    private const string Rate = "400";

    [Fact]
    public async Task A_rebuild_whose_silos_are_killed_goes_on_and_ends_equal_to_the_log()
    {
        var seed = FaultRun.Seed();
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await using var cluster = await ClusterProcesses.Start(connection, silos: 2);
        await using (var callers = await LedgerCallers.Start(
            [await cluster.Connect()], accounts: 8, movers: 4, TimeSpan.FromSeconds(3), seed))
        {
            await callers.Acknowledge(FaultRun.Size(150, 2_000));
            var begun = await cluster.Json("readmodel", "rebuild", "accounts", "--max-rate", Rate, "--detach");
            Assert.Equal((1, "building"), ((int)begun["build"]!, State(begun, 2)));
            await Eventually.Holds(
                async () => Applied(await cluster.Json("readmodel", "show", "accounts"), 2) > 0, TimeSpan.FromSeconds(30), "begun");

            await cluster.KillAll();
            await cluster.StartAll();

            await callers.Acknowledge(30);
            await callers.Stop();
        }
        // The load is over, so that even a slow build comes to the end of the log.
        await Eventually.Holds(
            async () => (int)(await cluster.Json("readmodel", "show", "accounts"))["build"]! == 2, TimeSpan.FromSeconds(90), "live");
        var log = await PostgresLog.WhenTransfersEnded(connection);
        await LedgerAudit.CheckReadModels(log, cluster.Json);
        Assert.Equal("previous", State(await cluster.Json("readmodel", "show", "accounts"), 1));
        var verified = await cluster.Json("readmodel", "verify", "accounts");
        Assert.Equal("equal", (string?)verified["status"]);
    }

    private static JsonNode BuildOf(JsonNode model, int number) =>
        model["builds"]!.AsArray().Single(build => (int)build!["build"]! == number)!;

    private static string? State(JsonNode model, int number) => (string?)BuildOf(model, number)["state"];

    private static long Applied(JsonNode model, int number) => (long)BuildOf(model, number)["position"]!;
}
