using System.CommandLine;
using System.Globalization;
using OrleansEs.Client.Json;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Cli;

/// <summary><c>query accounts|totals|transfers</c>: answers from the read models.</summary>
internal static class QueryCommands
{
    /// <summary>The most items of one page.</summary>
    public const int TakeMax = 1000;

    private static readonly string[] s_columns = ["id", "owner", "status", "version", "balance", "held", "available"];

    public static Command Build(CommandLine cli)
    {
        var query = new Command("query", "Asks the read models.");
        query.Subcommands.Add(Accounts(cli));
        query.Subcommands.Add(Totals(cli));
        query.Subcommands.Add(Transfers(cli));
        return query;
    }

    /// <summary>The option for the size of a page.</summary>
    public static Option<string> TakeOption() => new("--take") { Description = "How many: 1 to 1000 [100].", HelpName = "n" };

    /// <summary>The option for the next page.</summary>
    public static Option<string> AfterOption() =>
        new("--after") { Description = "The cursor of the page before.", HelpName = "cursor" };

    /// <summary>The size of a page.</summary>
    public static int Take(Session session, Option<string> take) =>
        (int)(Input.Count("--take", session[take], 1, TakeMax) ?? 100);

    /// <summary>Prints accounts for people.</summary>
    public static void Print(Output output, string? title, IEnumerable<AccountView> accounts) =>
        output.Table(
            title, ["id", "owner", "status", "version#", "asset", "balance#", "held#", "available#"],
            from account in accounts
            from balance in account.Balances.Select(balance => (BalanceView?)balance).DefaultIfEmpty()
            select new[]
            {
                account.Id, account.Owner, Mapping.Word(account.Status),
                account.Version.ToString(CultureInfo.InvariantCulture), balance?.Asset.ToString(),
                balance is null ? null : Mapping.Amount(balance.Balance, balance.Asset),
                balance is null ? null : Mapping.Amount(balance.Held, balance.Asset),
                balance is null ? null : Mapping.Amount(balance.Available, balance.Asset),
            });

    /// <summary>Prints totals and the double-entry check for people.</summary>
    public static void Print(Output output, string by, TotalsView totals)
    {
        // Grouped by asset, the group is the asset: one column says it.
        string[] groupColumn = by == "asset" ? [] : [by];
        var (what, counted) = by == "month" ? ("Changes of balances", "changes#") : ("Balances", "accounts#");
        output.Table(
            $"{what} by {by}", [.. groupColumn, "asset", counted, "sum#", "average#", "minimum#", "maximum#"],
            totals.Groups.Select(group => Mapping.Of(group)).Select(IReadOnlyList<string?> (group) =>
            [
                .. groupColumn.Select(_ => group.Group), group.Asset, group.Count.ToString(CultureInfo.InvariantCulture),
                group.Sum, group.Average, group.Minimum, group.Maximum,
            ]));
        if (by == "month")
            return;
        var balanced = totals.Sums.All(sum => sum.Difference == 0);
        output.Table(
            balanced ? "Double entry: everything sums to zero" : "Double entry: MONEY WAS LOST OR MADE, see the difference",
            ["asset", "accounts#", "outside world#", "in transit#", "difference#"],
            totals.Sums.Select(sum => Mapping.Of(sum)).Select(sum => new[]
            {
                sum.Asset, sum.Accounts, sum.World, sum.InTransit, sum.Difference,
            }));
    }

    private static Command Accounts(CommandLine cli)
    {
        var fresh = new FreshnessOption();
        var owner = new Option<string>("--owner") { Description = "Only this owner's.", HelpName = "name" };
        var asset = new Option<string>("--asset") { Description = "Only with a balance in this.", HelpName = "asset" };
        var status = new Option<string>("--status") { Description = "open, frozen or closed.", HelpName = "status" };
        var min = new Option<string>("--min") { Description = "At least so many units; with --asset.", HelpName = "n" };
        var max = new Option<string>("--max") { Description = "At most so many units; with --asset.", HelpName = "n" };
        var sort = new Option<string>("--sort")
        {
            Description = $"{string.Join(", ", s_columns)}; -balance for the greatest first [id].",
            HelpName = "[-]column",
        };
        var take = TakeOption();
        var after = AfterOption();
        var command = fresh.AddTo(
            new Command("accounts", "Lists accounts.") { owner, asset, status, min, max, sort, take, after });
        return cli.Verb(command, async session =>
        {
            var query = new AccountsQuery
            {
                Owner = Input.NotEmpty("--owner", session[owner]),
                Asset = Input.Asset(session[asset]),
                Status = Input.Word<AccountStatus>("--status", session[status]),
                BalanceMin = Input.Number("--min", session[min]),
                BalanceMax = Input.Number("--max", session[max]),
                Sort = Column(session[sort], session[asset] is not null),
                Descending = session[sort]?.StartsWith('-') ?? false,
                Take = Take(session, take),
                After = session[after],
            };
            if ((query.BalanceMin ?? query.BalanceMax) is not null && query.Asset is null)
                throw ClientException.Input("--min and --max need an asset", "add --asset, such as --asset EUR");
            if (query.BalanceMin > query.BalanceMax)
                throw ClientException.Input($"--min {session[min]} is above --max {session[max]}", "swap them");
            var tokens = fresh.Tokens(session);
            var queries = (await session.Cluster()).GetGrain<ILedgerQueries>(0);
            var answer = await session.Ask(queries.Accounts(query, FreshnessOption.Freshness(session, tokens)));
            if (session.Output.Json)
                session.Output.Document(Mapping.Of(answer, Mapping.Of), ClientJson.Plain.PageJsonAccountJson);
            else
                Print(session.Output, null, answer.Value.Items);
            More(session.Output, answer.Value.Cursor);
            return FreshnessOption.EndTable(session, answer, tokens, "accounts");
        });
    }

    private static Command Totals(CommandLine cli)
    {
        var fresh = new FreshnessOption();
        var by = new Option<string>("--by")
        {
            Description = "asset, owner or status: balances; month: their changes by effective date [asset].",
            HelpName = "what",
        };
        var account = new Option<string>("--account") { Description = "Only this account's; by month.", HelpName = "id" };
        var asset = new Option<string>("--asset") { Description = "Only in this; by month.", HelpName = "asset" };
        var from = new Option<string>("--from") { Description = "The first effective date; by month.", HelpName = "date" };
        var to = new Option<string>("--to") { Description = "The last effective date; by month.", HelpName = "date" };
        var command = fresh.AddTo(
            new Command("totals", "Sums balances, and checks that all is zero.") { by, account, asset, from, to });
        return cli.Verb(command, async session =>
        {
            var query = new TotalsQuery(Input.Word<TotalsBy>("--by", session[by]) ?? TotalsBy.Asset)
            {
                AccountId = session[account] is { } id ? Input.Id("--account", id) : null,
                Asset = Input.Asset(session[asset]),
                From = Input.Date("--from", session[from]),
                To = Input.Date("--to", session[to]),
            };
            if (query.By != TotalsBy.Month && query != new TotalsQuery(query.By))
                throw ClientException.Input(
                    $"--account, --asset, --from and --to do not go with totals by {Mapping.Word(query.By)}", "add --by month");
            if (query.From > query.To)
                throw ClientException.Input($"--from {session[from]} is after --to {session[to]}", "swap them");
            var tokens = fresh.Tokens(session);
            var queries = (await session.Cluster()).GetGrain<ILedgerQueries>(0);
            var answer = await session.Ask(queries.Totals(query, FreshnessOption.Freshness(session, tokens)));
            if (session.Output.Json)
                session.Output.Document(Mapping.Of(answer), ClientJson.Plain.TotalsJson);
            else
                Print(session.Output, Mapping.Word(query.By), answer.Value);
            return FreshnessOption.EndTable(session, answer, tokens, query.By == TotalsBy.Month ? "statements" : "accounts");
        });
    }

    private static Command Transfers(CommandLine cli)
    {
        var fresh = new FreshnessOption();
        var status = new Option<string>("--status") { Description = "Such as completed or failed.", HelpName = "status" };
        var account = new Option<string>("--account") { Description = "Only with a leg on it.", HelpName = "id" };
        var olderThan = new Option<string>("--older-than")
        {
            Description = "Only those that nothing has changed for so long, such as 10m or 2d.",
            HelpName = "age",
        };
        var take = TakeOption();
        var after = AfterOption();
        var command = fresh.AddTo(
            new Command("transfers", "Lists transfers, newest first.") { status, account, olderThan, take, after });
        return cli.Verb(command, async session =>
        {
            var query = new TransfersQuery(
                Input.Word<TransferStatus>("--status", session[status]),
                session[account] is { } id ? Input.Id("--account", id) : null, Take(session, take), session[after],
                Input.Age("--older-than", session[olderThan]));
            var tokens = fresh.Tokens(session);
            var queries = (await session.Cluster()).GetGrain<ILedgerQueries>(0);
            var answer = await session.Ask(queries.Transfers(query, FreshnessOption.Freshness(session, tokens)));
            if (session.Output.Json)
                session.Output.Document(Mapping.Of(answer, Mapping.Of), ClientJson.Plain.PageJsonTransferJson);
            else
                Print(session.Output, answer.Value.Items);
            More(session.Output, answer.Value.Cursor);
            return FreshnessOption.EndTable(session, answer, tokens, "transfers");
        });
    }

    private static void Print(Output output, IEnumerable<TransferView> transfers) =>
        output.Table(
            null, ["id", "status", "effective", "account", "amount#", "asset", "memo or reason"],
            from transfer in transfers
            from posting in transfer.Postings
            select new[]
            {
                transfer.Id, Mapping.Word(transfer.Status), transfer.EffectiveDate.ToString("O", CultureInfo.InvariantCulture),
                posting.AccountId, posting.Amount.ToDecimalText(), posting.Amount.Asset.ToString(),
                transfer.Failure?.Message ?? transfer.Memo,
            });

    /// <summary>Says how to get the next page.</summary>
    public static void More(Output output, string? cursor)
    {
        if (!output.Json && cursor is not null)
            output.Line($"there is more: --after {cursor}");
    }

    private static string Column(string? text, bool hasAsset)
    {
        var column = text?.TrimStart('-') ?? "id";
        if (!s_columns.Contains(column))
        {
            throw ClientException.Input(
                $"--sort '{text}' is no column", $"give one of {string.Join(", ", s_columns)}, with - for the greatest first");
        }
        return !hasAsset && s_columns.IndexOf(column) > 3
            ? throw ClientException.Input($"--sort {text} needs an asset", "add --asset, such as --asset EUR")
            : column;
    }
}
