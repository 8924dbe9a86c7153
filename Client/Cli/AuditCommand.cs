using System.CommandLine;
using System.Globalization;
using OrleansEs.Client.Json;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Client.Cli;

/// <summary><c>audit</c>: events across the log; <c>--follow</c> goes on until it is stopped.</summary>
internal static class AuditCommand
{
    // How often a follower asks again.
    private static readonly TimeSpan s_followPeriod = TimeSpan.FromMilliseconds(500);

    // Partitions are applied independently, so that an event may become visible after one that was recorded later. What was
    // recorded in this span before the newest event seen is asked for again, and shown if it is new.
    private static readonly TimeSpan s_followOverlap = TimeSpan.FromSeconds(10);

    public static Command Build(CommandLine cli)
    {
        var fresh = new FreshnessOption();
        var from = new Option<string>("--from") { Description = "Recorded at or after.", HelpName = "time" };
        var to = new Option<string>("--to") { Description = "Recorded before.", HelpName = "time" };
        var type = new Option<string>("--type") { Description = "Such as account.deposited.", HelpName = "type" };
        var actor = new Option<string>("--actor") { Description = "Asked for by.", HelpName = "name" };
        var correlation = new Option<string>("--correlation") { Description = "Belonging to.", HelpName = "id" };
        var journal = new Option<string>("--journal") { Description = "Of one journal: account/alice.", HelpName = "id" };
        var take = QueryCommands.TakeOption();
        var after = QueryCommands.AfterOption();
        var follow = new Option<bool>("--follow") { Description = "Show new events as they come, until stopped." };
        var command = fresh.AddTo(new Command("audit", "Lists events across the log by recorded time.")
        {
            from, to, type, actor, correlation, journal, take, after, follow,
        });
        return cli.Verb(command, async session =>
        {
            var query = new AuditQuery
            {
                From = Input.Time("--from", session[from]),
                To = Input.Time("--to", session[to]),
                Type = Input.NotEmpty("--type", session[type]),
                Actor = Input.NotEmpty("--actor", session[actor]),
                CorrelationId = Input.NotEmpty("--correlation", session[correlation]),
                Journal = Input.NotEmpty("--journal", session[journal]),
                Take = QueryCommands.Take(session, take),
                After = session[after],
            };
            if (query.From > query.To)
                throw ClientException.Input($"--from {session[from]} is after --to {session[to]}", "swap them");
            if (session[follow] && (session[to] ?? session[after]) is not null)
                throw ClientException.Input("--follow has no end: --to and --after do not go with it", "leave them out");
            var tokens = fresh.Tokens(session);
            var queries = (await session.Cluster()).GetGrain<ILedgerQueries>(0);
            return session[follow]
                ? await Follow(session, queries, query, tokens)
                : await Once(session, queries, query, tokens);
        });
    }

    private static async Task<int> Once(
        Session session, ILedgerQueries queries, AuditQuery query, IReadOnlyList<string> tokens)
    {
        var answer = await session.Ask(queries.Audit(query, FreshnessOption.Freshness(session, tokens)));
        if (session.Output.Json)
            session.Output.Document(Mapping.Of(answer, Mapping.Of), ClientJson.Plain.PageJsonEntryJson);
        else
            AccountViews.PrintEntries(session.Output, "Audit", answer.Value.Items);
        QueryCommands.More(session.Output, answer.Value.Cursor);
        return FreshnessOption.EndTable(session, answer.Stale, tokens, answer.Positions);
    }

    private static async Task<int> Follow(
        Session session, ILedgerQueries queries, AuditQuery query, IReadOnlyList<string> tokens)
    {
        var seen = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        var freshness = FreshnessOption.Freshness(session, tokens);
        var newest = query.From;
        while (!session.Cancellation.IsCancellationRequested)
        {
            var answer = await queries.Audit(query, freshness).WaitAsync(session.Timeout, session.Time, session.Cancellation);
            foreach (var entry in answer.Value.Items.Where(entry => seen.TryAdd(entry.Token, entry.RecordedAt)))
            {
                Print(session.Output, entry);
                newest = entry.RecordedAt > (newest ?? DateTimeOffset.MinValue) ? entry.RecordedAt : newest;
            }
            if (answer.Value.Cursor is { } cursor)
            {
                query = query with { After = cursor };
                continue;
            }
            var horizon = newest - s_followOverlap;
            foreach (var old in seen.Where(pair => pair.Value < horizon).Select(pair => pair.Key).ToArray())
                seen.Remove(old);
            query = query with { After = null, From = horizon > (query.From ?? DateTimeOffset.MinValue) ? horizon : query.From };
            freshness = Freshness.Any;
            if (!await Pause(session))
                break;
        }
        return ExitCodes.Done;
    }

    /// <summary>Waits for the next round; false when the person stopped it, which is how following ends.</summary>
    private static async Task<bool> Pause(Session session)
    {
        try
        {
            await Task.Delay(s_followPeriod, session.Time, session.Cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static void Print(Output output, HistoryEntry entry)
    {
        if (output.Json)
        {
            output.Document(Mapping.Of(entry), ClientJson.Plain.EntryJson);
            return;
        }
        var time = entry.RecordedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
        output.Line($"{time}  {entry.Token}  {entry.Journal} v{entry.Version}  {entry.Type}  {entry.Actor}  {entry.Content}");
    }
}
