using System.CommandLine;
using System.Globalization;
using OrleansEs.Client.Json;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger;

namespace OrleansEs.Client.Cli;

/// <summary><c>readmodel quarantine list|retry|skip</c>, and what <c>readmodel rebuild --key</c> does.</summary>
internal static class QuarantineCommands
{
    // One answer; who has more than this has another trouble than each of them.
    private const int ListMax = 1_000;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private static readonly Argument<string> s_name = ReadModelCommands.NameArgument();

    /// <summary>Who decides; it stands in the audit.</summary>
    public static Option<string> Actor { get; } = new("--actor") { Description = "Who asks [anonymous].", HelpName = "name" };

    /// <summary>The journal whose rows alone are made anew, for <c>readmodel rebuild</c>.</summary>
    public static Option<string> Key { get; } = new("--key")
    {
        Description = "Only the rows of this journal, in the live build, while all else goes on.",
        HelpName = "journal",
    };

    public static Command Build(CommandLine cli)
    {
        var quarantine = new Command("quarantine", "Shows events that cannot be applied, and what is done about them.");
        quarantine.Subcommands.Add(List(cli));
        quarantine.Subcommands.Add(Retry(cli));
        quarantine.Subcommands.Add(Skip(cli));
        return quarantine;
    }

    /// <summary>Makes the rows of one journal anew, and says so.</summary>
    public static async Task<int> RebuildKey(Session session, string name, IReadModelControlGrain control)
    {
        var journal = Journal("--key", session[Key]!);
        await session.Ask(Do(control.RebuildKey(journal, ActorOf(session))));
        return Done(session, name, journal, "rebuilt", null);
    }

    private static Command List(CommandLine cli)
    {
        var only = new Argument<string>("name")
        {
            Description = "The read model's name [all].",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return cli.Verb(
            new Command("list", "Lists the events that cannot be applied, each with its error.") { only }, async session =>
            {
                var cluster = await session.Cluster();
                var parked = session.Parse.GetValue(only) is null
                    ? cluster.GetGrain<IReadModelDirectoryGrain>(0).Parked(ListMax)
                    : (await Control(session, only)).Parked(ListMax);
                Print(session.Output, await session.Ask(parked));
                return ExitCodes.Done;
            });
    }

    private static Command Retry(CommandLine cli)
    {
        var wanted = new Option<string>("--journal") { Description = "Only this one [all].", HelpName = "journal" };
        return cli.Verb(
            new Command("retry", "Has parked journals tried at once, and says how it ended.") { s_name, wanted, Actor },
            async session =>
            {
                JournalId? journal = session[wanted] is { } text ? Journal("--journal", text) : null;
                var actor = ActorOf(session);
                var control = await Control(session);
                var before = Of(journal, await session.Ask(control.Parked(ListMax)));
                await session.Ask(control.Retry(journal, actor));
                var left = await UntilTried(session, control, before);
                Print(session.Output, left);
                if (left.Count == 0)
                    return ExitCodes.Done;
                session.Output.Error(new ClientException(
                    ExitCodes.Refused, "still-parked",
                    $"{left.Count} of {before.Count} journals still have an event that cannot be applied",
                    "repair the projection, or skip the event with --reason"));
                return ExitCodes.Refused;
            });
    }

    private static Command Skip(CommandLine cli)
    {
        var wanted = new Option<string>("--journal") { Description = "The journal.", HelpName = "journal", Required = true };
        var why = new Option<string>("--reason") { Description = "Why; kept for good.", HelpName = "text", Required = true };
        var which = new Option<string>("--version")
        {
            Description = "The version that fails, as listed; whoever repeats himself then skips nothing more [the one that fails now].",
            HelpName = "number",
        };
        return cli.Verb(
            new Command("skip", "Leaves out the one event that a journal is parked for, and goes on with the next.")
            {
                s_name, wanted, why, which, Actor,
            },
            async session =>
            {
                var journal = Journal("--journal", session[wanted]!);
                var reason = Input.NotEmpty("--reason", session[why])!;
                var given = Version(session[which]);
                var actor = ActorOf(session);
                var control = await Control(session);
                var version = given ?? Of(journal, await session.Ask(control.Parked(ListMax))) switch
                {
                    [var parked, ..] => parked.Version,
                    _ => throw new ClientException(
                        ExitCodes.Refused, "not-parked", $"journal {journal} is not parked", "see: readmodel quarantine list"),
                };
                await session.Ask(Do(control.Skip(journal, version, reason, actor)));
                return Done(session, session[s_name], journal, "skipped", version);
            });
    }

    // Until each was tried once, or is not parked any more. What is parked then.
    private static async Task<IReadOnlyList<ParkedEvent>> UntilTried(
        Session session, IReadModelControlGrain control, IReadOnlyList<ParkedEvent> before)
    {
        while (true)
        {
            var now = (await session.Ask(control.Parked(ListMax))).ToDictionary(parked => (parked.Build, parked.Journal));
            var left = before.Where(parked => now.ContainsKey((parked.Build, parked.Journal)))
                .Select(parked => (Before: parked, Now: now[(parked.Build, parked.Journal)])).ToList();
            if (left.All(pair => WasTried(pair.Before, pair.Now)))
                return [.. left.Select(pair => pair.Now)];
            if (session.Left < LookInterval)
                throw ClientException.Unavailable("not all were tried in time; they are being tried", "see: readmodel quarantine list");
            await Task.Delay(LookInterval, session.Time, session.Cancellation);
        }
    }

    private static bool WasTried(ParkedEvent before, ParkedEvent now) =>
        now.Attempts > 0 && (now.Version != before.Version || now.Attempts > before.Attempts);

    private static async Task<IReadModelControlGrain> Control(Session session, Argument<string>? name = null) =>
        (await session.Cluster()).GetGrain<IReadModelControlGrain>(await ReadModelCommands.NameOf(session, name ?? s_name));

    private static List<ParkedEvent> Of(JournalId? journal, IReadOnlyList<ParkedEvent> parked) =>
        [.. parked.Where(one => journal is null || one.Journal == journal)];

    private static string ActorOf(Session session) => Input.NotEmpty("--actor", session[Actor]) ?? "anonymous";

    private static JournalId Journal(string option, string text) => JournalId.TryParse(text, out var journal)
        ? journal
        : throw ClientException.Input(
            $"{option} '{LedgerText.Shown(text)}' is not a journal", "give one such as account/alice; see: readmodel quarantine list");

    private static long? Version(string? text) => text is null ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0 ? version
        : throw ClientException.Input($"--version '{LedgerText.Shown(text)}' is not a version", "give a number from 1");

    private static async Task<bool> Do(Task task)
    {
        await task;
        return true;
    }

    private static int Done(Session session, string model, JournalId journal, string what, long? version)
    {
        if (session.Output.Json)
            session.Output.Document(new DecisionJson(model, journal.Value, what, version), ClientJson.Plain.DecisionJson);
        else
            session.Output.Line($"{what}: {journal}{(version is { } one ? $" version {Text(one)}" : "")} in {model}");
        return ExitCodes.Done;
    }

    private static void Print(Output output, IReadOnlyList<ParkedEvent> parked)
    {
        if (output.Json)
        {
            output.Document(
                new ListJson<ParkedJson>([.. parked.Select(Mapping.Of)]), ClientJson.Plain.ListJsonParkedJson);
            return;
        }
        if (parked.Count == 0)
        {
            output.Line("nothing is parked");
            return;
        }
        output.Table(
            null, ["read model", "journal", "version#", "token", "type", "state", "attempts#", "since", "next", "build#", "error"],
            parked.Select(one => new[]
            {
                one.ReadModel, one.Journal.Value, Text(one.Version), one.At.ToString(), one.Type, one.State, Text(one.Attempts),
                Time(one.Since), one.NextAt is { } next ? Time(next) : "", Text(one.Build), one.Error,
            }));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
