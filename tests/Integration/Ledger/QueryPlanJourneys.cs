using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Grains.Queries;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using OrleansEs.Ledger.Transfers;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>How the databases find what is asked for. Times go to the output; what is asserted is the plan.</summary>
public abstract class QueryPlanJourneys(LedgerFixture fixture)
{
    private readonly LedgerHost _ledger = fixture.NewScope();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IReadModelReader Reader => _ledger.Services.GetRequiredService<IReadModelReader>();

    private IReadModelStore Store => _ledger.Services.GetRequiredService<IReadModelStore>();

    [Theory]
    [InlineData("id", true)]
    [InlineData("owner", true)]
    [InlineData("status", true)]
    [InlineData("balance", true)]
    [InlineData("version", false)]
    [InlineData("held", false)]
    [InlineData("available", false)]
    public async Task A_page_of_accounts_is_read_off_an_index_in_its_order_or_is_the_best_of_all_that_pass(string sort, bool indexed)
    {
        await Analyze();
        var queries =
            from asset in sort is "balance" or "held" or "available" ? new Asset?[] { Eur } : [null, Eur]
            from isDescending in new[] { false, true }
            from status in new AccountStatus?[] { null, AccountStatus.Open }
            select new AccountsQuery { Sort = sort, Descending = isDescending, Asset = asset, Status = status, Take = 10 };
        foreach (var first in queries)
        {
            var page = await Page(first);
            Assert.NotNull(page.Cursor);
            foreach (var query in new[] { first, first with { After = page.Cursor } })
            {
                var plan = Assert.Single(await Plans("accounts", AccountQueries.Page(query)));
                var times = new List<double>();
                for (var round = 0; round < 7; round++)
                {
                    var since = Stopwatch.GetTimestamp();
                    await Page(query);
                    times.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
                }
                Say($"{ManyAccounts.Count} accounts, sort {(query.Descending ? "-" : "")}{sort}, asset {query.Asset}, status "
                    + $"{query.Status}, {(query.After is null ? "first" : "next")} page: median {times.Order().ElementAt(3):F2} ms");
                Assert.True(Sorts(plan, isOfPage: true) != indexed, plan);
            }
        }
    }

    [Fact]
    public async Task Transfers_of_a_status_an_account_or_an_age_are_read_off_an_index_in_their_order()
    {
        var queries =
            from status in new TransferStatus?[] { null, TransferStatus.Holding }
            from account in new[] { null, ManyAccounts.Id(0) }
            from before in new DateTimeOffset?[] { null, DateTimeOffset.UnixEpoch }
            select (new TransfersQuery(status, account, 10, null), before);
        foreach (var (query, before) in queries)
        {
            var plan = Assert.Single(await Plans(
                "transfers", TransferQueries.Page(query, before), isSmall: true));
            Assert.False(Sorts(plan), $"{query} {before}:\n{plan}");
            Assert.DoesNotContain("SCAN", before is null ? "" : plan, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Totals_by_month_are_read_off_an_index_that_has_all_they_need()
    {
        await Analyze();
        var query = new TotalsQuery(TotalsBy.Month) { Asset = Eur, From = new DateOnly(2020, 1, 1) };
        var plan = Assert.Single(await Plans("statements", MonthTotalsQueries.Read(query), isSmall: true));
        Assert.Contains("line_by_day", plan, StringComparison.Ordinal);
        Assert.Contains(plan.Contains("SEARCH", StringComparison.Ordinal) ? "COVERING INDEX" : "Index Only Scan", plan,
            StringComparison.Ordinal);
        var ofAccount = Assert.Single(await Plans(
            "statements", MonthTotalsQueries.Read(query with { AccountId = ManyAccounts.Id(0) }), isSmall: true));
        Assert.DoesNotContain("line_by_day", ofAccount, StringComparison.Ordinal);
        var since = Stopwatch.GetTimestamp();
        await _ledger.Queries.Totals(new TotalsQuery(TotalsBy.Month), Freshness.Any);
        Say($"months of {ManyAccounts.Count} lines: {Stopwatch.GetElapsedTime(since).TotalMilliseconds:F2} ms");
    }

    [Fact]
    public async Task Pages_of_the_audit_are_read_off_an_index_in_the_order_of_time_also_those_of_a_journal()
    {
        foreach (var journal in new[] { null, $"account/{ManyAccounts.Id(0)}" })
        {
            var first = new AuditQuery { Journal = journal, Take = 1 };
            var page = await _ledger.Queries.Audit(first with { Journal = null }, Freshness.Any);
            foreach (var query in new[] { first, first with { After = page.Value.Cursor } })
            {
                foreach (var (plan, isOfPage) in new[]
                {
                    (Assert.Single(await Plans("audit", AuditQueries.AtOnce(query), isSmall: true)), true),
                    ((await Plans("audit", model => AuditQueries.Page(model, query), isSmall: true))[0], false),
                })
                {
                    Assert.False(Sorts(plan, isOfPage), $"{query}:\n{plan}");
                    Assert.DoesNotContain("SCAN l", plan, StringComparison.Ordinal);
                }
            }
        }
    }

    private static void Say(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);

    // The rows of a page may be sorted once more after all that is looked at for them: they are few, and a database does not always know
    // that they are in order. That step is the first of PostgreSQL's plan, and stands beside the others in SQLite's.
    private static bool Sorts(string plan, bool isOfPage = false) => plan.Split('\n').Any(step =>
        (step.Contains("Sort  (", StringComparison.Ordinal) || step.Contains("TEMP B-TREE", StringComparison.Ordinal))
        && (!isOfPage || step.StartsWith(' ')));

    private async Task<Page<AccountView>> Page(AccountsQuery query) =>
        (await _ledger.Queries.Accounts(query, Freshness.Any)).Value;

    // As PostgreSQL does by itself within a minute; SQLite has no statistics in production either.
    private Task<bool> Analyze() => Store.Write(
        async transaction =>
        {
            if (Store.Dialect == SqlDialect.Sqlite)
                return false;
            foreach (var table in new[] { "accounts_b1_account", "accounts_b1_balance", "statements_b1_line" })
            {
                await using var command = transaction.Connection!.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = $"analyze {table}";
                await command.ExecuteNonQueryAsync(Cancellation);
            }
            return true;
        },
        Cancellation);

    private Task<IReadOnlyList<string>> Plans<T>(string readModel, ReadModelQuery<T> query, bool isSmall = false) =>
        Plans(readModel, rows => rows.Read(query, Cancellation), isSmall);

    private async Task<IReadOnlyList<string>> Plans<T>(string readModel, Func<ReadModelRows, Task<T>> query, bool isSmall = false) =>
        (await Reader.Query(
            readModel, [], TimeSpan.Zero,
            async rows =>
            {
                // Of a table with next to nothing in it PostgreSQL would read all, and sort.
                if (isSmall && Store.Dialect == SqlDialect.Postgres)
                {
                    await using var command = rows.Command(
                        "set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off");
                    await command.ExecuteNonQueryAsync(Cancellation);
                }
                var explained = new ExplainedConnection(rows.Connection);
                await query(rows with { Connection = explained });
                return explained.Plans;
            },
            Cancellation)).Value;
}
