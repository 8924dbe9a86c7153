using Npgsql;
using OrleansEs.Benchmarks.Contenders;
using OrleansEs.Benchmarks.Frame;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Benchmarks.Workloads;

/// <summary>
/// W8: queries while deposits come at a fixed rate. The floor reads an account's rows of the same read model by SQL from this
/// process.
/// </summary>
internal static class Queries
{
    private const string Floor = "raw: SQL, one account";

    // That of a log which has never been rebuilt.
    private const int FirstBuild = 1;

    private static readonly Asset s_euro = Asset.Parse("EUR");

    public static Task Measure(Bench bench)
    {
        bench.Report.Floor = Floor;
        List<(string Name, Func<LedgerCluster, Random, Task> Ask)> contenders =
        [
            ("OrleansEs: one account", (ledger, random) => Ask(ledger.Queries.Accounts(
                new AccountsQuery { Owner = Accounts.Id(random.Next(Accounts.Count)) }, Freshness.Any),
                page => page.Items.Count == 1)),
            ("OrleansEs: 100 accounts by balance", (ledger, _) => Ask(ledger.Queries.Accounts(
                new AccountsQuery { Asset = s_euro, Sort = "balance", Descending = true }, Freshness.Any),
                page => page.Items.Count == 100)),
            ("OrleansEs: totals", (ledger, _) => Ask(ledger.Queries.Totals(
                new TotalsQuery(TotalsBy.Asset), Freshness.Any), totals => totals.Groups.Single().Count == Accounts.Count)),
            ("OrleansEs: statement", (ledger, random) => Ask(ledger.Queries.Statement(
                new StatementQuery(Accounts.Id(random.Next(Accounts.Count)), s_euro, null, null), Freshness.Any),
                statements => statements!.Single().Lines.Count > 0)),
        ];
        (string, Func<int, string, Task>) floor = (Floor, (round, name) => MeasureFloor(bench, round, name));
        return bench.InTurn(
        [
            .. bench.Options.Sqlite ? [] : new[] { floor },
            .. contenders.Select<(string Name, Func<LedgerCluster, Random, Task> Ask), (string, Func<int, string, Task>)>(contender =>
                (contender.Name, (round, name) => Measure(bench, round, name, contender.Ask))),
        ]);
    }

    private static async Task MeasureFloor(Bench bench, int round, string name)
    {
        NpgsqlDataSource? source = null;
        var sql = new ReadModelTables("accounts", FirstBuild).Sql(
            """
            select a.account_id, a.owner, a.status, greatest(a.version, b.version), b.asset, b.balance, b.held
            from {account} a
            join {balance} b on b.account_id = a.account_id
            where a.owner = $1
            """);
        try
        {
            await Measure(bench, round, name, async (ledger, random) =>
            {
                source ??= NpgsqlDataSource.Create($"{ledger.Database};Max Auto Prepare=8;Auto Prepare Min Usages=2");
                await using var command = source.CreateCommand(sql);
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Accounts.Id(random.Next(Accounts.Count)) });
                await using var reader = await command.ExecuteReaderAsync();
                Require(await reader.ReadAsync());
            });
        }
        finally
        {
            if (source is not null)
                await source.DisposeAsync();
        }
    }

    private static async Task Measure(Bench bench, int round, string name, Func<LedgerCluster, Random, Task> ask)
    {
        await using var ledger = await LedgerCluster.Start(bench);
        await ledger.Open(Accounts.Ids, cents: 1_00);
        await Wait.Until(async () => await ledger.Behind() == 0, "the readers have caught up", bench.Cancellation);
        Task Deposit(Random random) => LedgerCluster.Execute(
            ledger.Account(Accounts.Id(random.Next(Accounts.Count))), LedgerCluster.Deposit(1));
        await ClosedLoop.WarmUp(random => random.Next(2) == 0 ? Deposit(random) : ask(ledger, random));
        await Wait.Until(async () => await ledger.Behind() == 0, "the readers have caught up", bench.Cancellation);
        foreach (var callers in bench.Options.Callers)
        {
            var cost = await Cost.Start(bench, ledger.Processes);
            var deposits = FixedRate.Run(bench.Options.Rate, bench.Options.Duration, Deposit);
            var (perSecond, latencies) = await ClosedLoop.Run(callers, bench.Options.Duration, random => ask(ledger, random));
            await deposits;
            var used = await cost.Figures(latencies.Count);
            bench.Add(round, $"{DurableCommands.Setting(callers)}, beside {bench.Options.Rate} deposits/s", name,
                [new("per s", perSecond), .. latencies.Figures(), .. used]);
        }
        await ledger.ReadLog();
    }

    private static async Task Ask<T>(Task<Answer<T>> query, Func<T, bool> isRight) => Require(isRight((await query).Value));

    private static void Require(bool isRight)
    {
        if (!isRight)
            throw new InvalidDataException("A query did not show what it must.");
    }
}
