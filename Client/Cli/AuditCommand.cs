using System.CommandLine;
using OrleansEs.Client.Json;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Client.Cli;

/// <summary><c>audit</c>: events across the log; <c>--follow</c> goes on until it is stopped.</summary>
internal static class AuditCommand
{
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
            return session[follow]
                ? await new AuditFollower(session, query).Run(tokens)
                : await Once(session, query, tokens);
        });
    }

    private static async Task<int> Once(Session session, AuditQuery query, IReadOnlyList<string> tokens)
    {
        var queries = (await session.Cluster()).GetGrain<ILedgerQueries>(0);
        var answer = await session.Ask(queries.Audit(query, FreshnessOption.Freshness(session, tokens)));
        if (session.Output.Json)
            session.Output.Document(Mapping.Of(answer, Mapping.Of), ClientJson.Plain.PageJsonEntryJson);
        else
            AccountViews.PrintEntries(session.Output, "Audit", answer.Value.Items);
        QueryCommands.More(session.Output, answer.Value.Cursor);
        return FreshnessOption.EndTable(session, answer, tokens, "audit");
    }
}
