using System.Text.Json.Nodes;
using OrleansEs.Client;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Integration.ReadSide;

/// <summary>What an operator does about events that cannot be applied, and about drift, at the command line.</summary>
public sealed class OperatorVerbTests
{
    private const long Poison = 13;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Parked_journals_are_listed_of_all_read_models_or_of_one()
    {
        await using var silo = await OperatedSilo.Start(
            new TallyFault { PoisonAmount = Poison }, new TallyFault { PoisonAmount = Poison + 1 });
        Assert.Equal((ExitCodes.Done, "nothing is parked\n", ""), await silo.Run("readmodel", "quarantine", "list"));
        await silo.Append("alice", 1, Poison);
        await silo.Append("bob", Poison + 1, Poison);

        var all = await List(silo);
        Assert.Equal(
            [
                (OperatedSilo.First, "test/alice", 2, "cannot take 13"), (OperatedSilo.First, "test/bob", 2, "cannot take 13"),
                (OperatedSilo.Second, "test/bob", 1, "cannot take 14"),
            ],
            all.Select(Seen).Order());
        Assert.All(all, parked => Assert.Equal("retrying", (string?)parked["state"]));
        Assert.Equal(
            [(OperatedSilo.Second, "test/bob", 1, "cannot take 14")], (await List(silo, OperatedSilo.Second)).Select(Seen));

        var table = await silo.Run("readmodel", "quarantine", "list");
        Assert.Equal((ExitCodes.Done, ""), (table.Code, table.Error));
        foreach (var shown in new[] { "read model", OperatedSilo.First, OperatedSilo.Second, "test/alice", "cannot take 14" })
            Assert.Contains(shown, table.Output, StringComparison.Ordinal);
        await Refuses(
            silo, ExitCodes.BadInput, "there is no read model 'third'; name one of first-tally, second-tally", "list", "third");
    }

    [Fact]
    public async Task A_retry_says_what_is_left_and_succeeds_when_the_projection_is_repaired()
    {
        await using var silo = await OperatedSilo.Start(new TallyFault { PoisonAmount = Poison }, new TallyFault());
        await silo.Append("alice", 1, Poison, 3);
        await silo.Append("bob", Poison);

        var left = await Refuses(
            silo, ExitCodes.Refused, "still-parked: 1 of 1 journals still have an event that cannot be applied",
            "retry", OperatedSilo.First, "--journal", "test/alice");
        Assert.Contains("test/alice", left, StringComparison.Ordinal);
        Assert.DoesNotContain("test/bob", left, StringComparison.Ordinal);
        await Refuses(
            silo, ExitCodes.BadInput, "--journal 'alice' is not a journal", "retry", OperatedSilo.First, "--journal", "alice");
        await Refuses(
            silo, ExitCodes.Refused, "Journal test/carol is not parked", "retry", OperatedSilo.First, "--journal", "test/carol");

        silo.FirstFault.PoisonAmount = null;
        Assert.Equal(
            (ExitCodes.Done, "nothing is parked\n", ""),
            await silo.Run("readmodel", "quarantine", "retry", OperatedSilo.First, "--actor", "ann"));
        Assert.Empty(await List(silo));
        Assert.Equal(ExitCodes.Done, (await silo.Run("readmodel", "verify", OperatedSilo.First)).Code);
    }

    [Fact]
    public async Task An_event_is_skipped_with_a_reason_only_and_the_next_one_goes_on()
    {
        await using var silo = await OperatedSilo.Start(new TallyFault { PoisonAmount = Poison }, new TallyFault());
        await silo.Append("alice", 1, Poison, 3, Poison);

        await Refuses(silo, ExitCodes.BadInput, "--reason", "skip", OperatedSilo.First, "--journal", "test/alice");
        await Refuses(
            silo, ExitCodes.BadInput, "--reason ' ' is empty", "skip", OperatedSilo.First, "--journal", "test/alice", "--reason", " ");
        await Refuses(
            silo, ExitCodes.Refused, "not-parked: journal test/bob is not parked",
            "skip", OperatedSilo.First, "--journal", "test/bob", "--reason", "known");

        string[] skip = ["readmodel", "quarantine", "skip", OperatedSilo.First, "--journal", "test/alice", "--reason", "a typing error"];
        Assert.Equal((ExitCodes.Done, "skipped: test/alice version 2 in first-tally\n", ""), await silo.Run(skip));
        await Eventually.Holds(
            async () => (await List(silo)).Select(parked => (int)parked["version"]!).SequenceEqual([4]),
            ReadSideHost.Long, "it goes on to the next event that fails");
        await Refuses(
            silo, ExitCodes.Refused, "read-model-busy: ", [.. skip[2..], "--version", "2"]);
        var json = await silo.Run([.. skip, "--version", "4", "--json"]);
        Assert.Equal(
            ("first-tally", "test/alice", "skipped", 4),
            ((string?)Node(json)["readModel"], (string?)Node(json)["journal"], (string?)Node(json)["status"],
                (int)Node(json)["version"]!));
        await Eventually.Holds(async () => (await List(silo)).Count == 0, ReadSideHost.Long, "nothing is parked");
    }

    [Fact]
    public async Task A_verification_that_is_interrupted_is_ended_in_the_silo_and_says_so()
    {
        await using var silo = await OperatedSilo.Start(new TallyFault(), new TallyFault());
        await silo.Append("alice", 1, 2, 3);
        var control = silo.Control(OperatedSilo.First);
        var release = new TaskCompletionSource();
        silo.FirstFault.Held = release.Task;
        try
        {
            using var verify = silo.Begin("readmodel", "verify", OperatedSilo.First);
            await Eventually.Holds(
                async () => await control.Verification() is { EndedAt: null }, ReadSideHost.Long, "the verification is under way");

            Assert.True(ServerProcesses.Signal(verify.Id, ServerProcesses.SigInt));

            var (output, error) = (verify.StandardOutput.ReadToEndAsync(Cancellation), verify.StandardError.ReadToEndAsync(Cancellation));
            await verify.WaitForExitAsync(Cancellation).WaitAsync(ReadSideHost.Long, Cancellation);
            Assert.Equal(
                (ExitCodes.Unavailable, "",
                    "interrupted: the verification of 'first-tally' was ended by a signal, and nothing was changed; begin another one\n"),
                (verify.ExitCode, await output, await error));
            Assert.Equal(ReadModelVerification.Cancelled, (await control.Verification())!.Phase);
        }
        finally
        {
            // A silo whose writer is held cannot end.
            release.SetResult();
        }
        Assert.Equal(ExitCodes.Done, (await silo.Run("readmodel", "verify", OperatedSilo.First)).Code);
    }

    private static async Task<IReadOnlyList<JsonNode>> List(OperatedSilo silo, params string[] names)
    {
        var listed = await silo.Run(["readmodel", "quarantine", "list", .. names, "--json"]);
        Assert.Equal((ExitCodes.Done, ""), (listed.Code, listed.Error));
        return [.. Node(listed)["items"]!.AsArray().Select(item => item!)];
    }

    private static JsonNode Node((int Code, string Output, string Error) ended) => JsonNode.Parse(ended.Output)!;

    private static (string, string, int, string) Seen(JsonNode parked) => (
        (string)parked["readModel"]!, (string)parked["journal"]!, (int)parked["version"]!,
        ((string)parked["error"]!).Replace("InvalidOperationException: ", "", StringComparison.Ordinal));

    // In one line on standard error; what it says on standard output is returned.
    private static async Task<string> Refuses(OperatedSilo silo, int code, string expected, params string[] args)
    {
        var refused = await silo.Run(["readmodel", "quarantine", .. args]);
        Assert.Contains(expected, Assert.Single(refused.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(code, refused.Code);
        return refused.Output;
    }
}
