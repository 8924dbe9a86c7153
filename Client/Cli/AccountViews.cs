using System.CommandLine;
using System.Globalization;
using OrleansEs.Client.Json;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Client.Cli;

/// <summary><c>account show|statement|history</c>.</summary>
internal static class AccountViews
{
    // What one call brings; a long history is read in pieces of this size.
    private const int HistoryPage = 500;

    public static Command Show(CommandLine cli)
    {
        var fresh = new FreshnessOption();
        var id = AccountCommands.IdArgument();
        var version = new Option<string>("--version") { Description = "As it was after that many events.", HelpName = "n" };
        var at = new Option<string>("--at") { Description = "As it had been recorded at that time.", HelpName = "time" };
        var position = new Option<string>("--at-position")
        {
            Description = "As it was at that place of the log, a token of its partition.",
            HelpName = "token",
        };
        var effective = new Option<string>("--effective")
        {
            Description = "As it holds at the end of that day, as known now.",
            HelpName = "date",
        };
        var command = fresh.AddTo(
            new Command("show", "Shows an account, now or as it was.") { id, version, at, position, effective });
        return cli.Verb(command, async session =>
        {
            var account = Input.Id("account", session[id]);
            // The account itself answers, from its journal: there is nothing fresher to wait for.
            fresh.Tokens(session);
            var asOf = new AsOf
            {
                Version = Input.Count("--version", session[version], 1, long.MaxValue),
                Time = Input.Time("--at", session[at]),
                EffectiveDate = Input.Date("--effective", session[effective]),
                Position = session[position] is { } place ? Input.Tokens("--at-position", [place])[0] : null,
            };
            if (new[] { session[version], session[at], session[position], session[effective] }.Count(text => text is not null) > 1)
                throw ClientException.Input(
                    "--version, --at, --at-position and --effective exclude each other", "give one of them");
            var grain = (await session.Cluster()).GetGrain<IAccountGrain>(account);
            var view = await session.Ask(grain.Show(asOf)) ?? throw NotFound(account, asOf != AsOf.Now);
            Print(session.Output, view);
            return ExitCodes.Done;
        });
    }

    public static Command Statement(CommandLine cli)
    {
        var fresh = new FreshnessOption();
        var id = AccountCommands.IdArgument();
        var asset = new Option<string>("--asset") { Description = "One asset only [all].", HelpName = "asset" };
        var from = new Option<string>("--from") { Description = "The first effective date.", HelpName = "date" };
        var to = new Option<string>("--to") { Description = "The last effective date.", HelpName = "date" };
        var command = fresh.AddTo(
            new Command("statement", "Lists what changed a balance, by effective date.") { id, asset, from, to });
        return cli.Verb(command, async session =>
        {
            var query = new StatementQuery(
                Input.Id("account", session[id]), Input.Asset(session[asset]),
                Input.Date("--from", session[from]), Input.Date("--to", session[to]));
            if (query.From > query.To)
                throw ClientException.Input($"--from {session[from]} is after --to {session[to]}", "swap them");
            var tokens = fresh.Tokens(session);
            var queries = (await session.Cluster()).GetGrain<ILedgerQueries>(0);
            var answer = await session.Ask(queries.Statement(query, FreshnessOption.Freshness(session, tokens)));
            var statements = answer.Value ?? (answer.Stale ? [] : throw NotFound(query.AccountId, false));
            if (session.Output.Json)
                session.Output.Document(Mapping.Of(query.AccountId, statements, answer), ClientJson.Plain.StatementsJson);
            else
                Print(session.Output, query.AccountId, statements);
            return FreshnessOption.EndTable(session, answer, tokens, "statements");
        });
    }

    public static Command History(CommandLine cli)
    {
        var fresh = new FreshnessOption();
        var id = AccountCommands.IdArgument();
        var fromVersion = new Option<string>("--from-version") { Description = "The first version [1].", HelpName = "n" };
        var command = fresh.AddTo(new Command("history", "Lists an account's events.") { id, fromVersion });
        return cli.Verb(command, async session =>
        {
            var account = Input.Id("account", session[id]);
            var after = (Input.Count("--from-version", session[fromVersion], 1, long.MaxValue) ?? 1) - 1;
            fresh.Tokens(session);
            var grain = (await session.Cluster()).GetGrain<IAccountGrain>(account);
            var entries = new List<HistoryEntry>();
            while (true)
            {
                var page = await session.Ask(grain.History(after, HistoryPage));
                entries.AddRange(page);
                if (page.Count < HistoryPage)
                    break;
                after = page[^1].Version;
            }
            if (entries.Count == 0 && after == 0)
                throw NotFound(account, false);
            if (session.Output.Json)
            {
                session.Output.Document(
                    new ListJson<EntryJson>([.. entries.Select(Mapping.Of)]), ClientJson.Plain.ListJsonEntryJson);
            }
            else
            {
                PrintEntries(session.Output, $"History of {account}", entries);
            }
            return ExitCodes.Done;
        });
    }

    /// <summary>Prints an account.</summary>
    public static void Print(Output output, AccountView view)
    {
        if (output.Json)
        {
            output.Document(Mapping.Of(view), ClientJson.Plain.AccountJson);
            return;
        }
        output.Line($"{view.Id}: {Mapping.Word(view.Status)}, owner {view.Owner}, version {view.Version}, token {view.Token}");
        output.Line(
            $"assets {(view.Assets.Count == 0 ? "all" : string.Join(", ", view.Assets))}, "
            + $"overdraft {view.Overdraft?.ToString(CultureInfo.InvariantCulture) ?? "unlimited"}");
        output.Table(null, ["asset", "balance#", "held#", "available#"], view.Balances.Select(balance => new[]
        {
            balance.Asset.ToString(), Mapping.Amount(balance.Balance, balance.Asset),
            Mapping.Amount(balance.Held, balance.Asset), Mapping.Amount(balance.Available, balance.Asset),
        }));
    }

    /// <summary>Prints statements for people, one for each asset.</summary>
    public static void Print(Output output, string account, IReadOnlyList<StatementView> statements)
    {
        if (statements.Count == 0)
            output.Line($"{account}: no lines");
        foreach (var statement in statements)
        {
            var asset = statement.Asset;
            IReadOnlyList<string?>[] opening = [["", "", "opening balance", "", "", "", Mapping.Amount(statement.Opening, asset)]];
            IReadOnlyList<string?>[] closing = [["", "", "closing balance", "", "", "", Mapping.Amount(statement.Closing, asset)]];
            output.Table(
                $"{account} in {asset}", ["date", "version#", "what", "transfer", "memo", "amount#", "balance#"],
                opening.Concat(statement.Lines.Select(line => (IReadOnlyList<string?>)
                [
                    line.EffectiveDate.ToString("O", CultureInfo.InvariantCulture),
                    line.Version.ToString(CultureInfo.InvariantCulture), line.Type, line.Reference, line.Memo,
                    Mapping.Amount(line.Amount, asset), Mapping.Amount(line.Balance, asset),
                ])).Concat(closing));
        }
    }

    /// <summary>Prints events for people.</summary>
    public static void PrintEntries(Output output, string title, IEnumerable<HistoryEntry> entries) =>
        output.Table(
            title, ["recorded (UTC)", "journal", "version#", "token#", "type", "effective", "actor", "content"],
            entries.Select(entry => new[]
            {
                entry.RecordedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture), entry.Journal,
                entry.Version.ToString(CultureInfo.InvariantCulture), entry.Token, entry.Type,
                entry.EffectiveDate.ToString("O", CultureInfo.InvariantCulture), entry.Actor, entry.Content,
            }));

    private static ClientException NotFound(string account, bool asOf) =>
        new(ExitCodes.Refused, RefusalCodes.AccountNotFound,
            $"there {(asOf ? "was" : "is")} no account '{account}'{(asOf ? " then" : "")}",
            asOf ? "name a later version or time" : "open it first: account open");
}
