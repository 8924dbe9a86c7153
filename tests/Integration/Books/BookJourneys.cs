using System.Globalization;
using System.Text.Json;
using OrleansEs.Client.Books;
using OrleansEs.Integration.Ledger;
using OrleansEs.Integration.Stores;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using OrleansEs.Specs.Books;
using OrleansEs.Specs.Repository;

namespace OrleansEs.Integration.Books;

/// <summary>Books through a ledger: in, compared with hledger, and out again.</summary>
public sealed class BookJourneys
{
    private static readonly BookImportOptions Options = new() { Timeout = TimeSpan.FromSeconds(20) };

    [Fact]
    public async Task The_sample_books_give_hledgers_balances_once_and_come_out_as_a_book_that_hledger_checks()
    {
        Hledger.Require();
        await using var store = TestStore.OnSqlite();
        await using var host = await LedgerHost.Start(store);
        var expected = new SortedDictionary<(string, string), decimal>();
        var plans = new List<BookPlan>();
        var samples = Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "samples"), "*.journal");
        foreach (var file in samples.Order(StringComparer.Ordinal))
        {
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            plans.Add(Plan(text, AssetOptions.None));
            var result = await Import(host, plans[^1]);
            Assert.Equal((plans[^1].Transfers.Count, 0), (result.Posted, result.AlreadyThere));
            Add(expected, PlanFold.Expected(await Hledger.Balances(text), plans[^1]));
        }
        Assert.Equal(expected, await Balances(host));
        await host.AssertZeroSum();

        var before = await Export(host, BookFormat.JsonLines);
        foreach (var plan in plans)
        {
            var again = await Import(host, plan);
            Assert.Equal((0, 0, plan.Transfers.Count), (again.Opened, again.Posted, again.AlreadyThere));
        }
        Assert.Equal(before, await Export(host, BookFormat.JsonLines));

        var book = await Export(host, BookFormat.Journal);
        Assert.Null(await Hledger.Check(book, "--strict", "ordereddates"));
        Assert.Equal(ByCode(expected), ByCode(await Hledger.Balances(book)));
        var own = await Import(host, Plan(book, AssetOptions.None));
        Assert.Equal((0, 0, plans.Sum(plan => plan.Transfers.Count)), (own.Opened, own.Posted, own.AlreadyThere));
    }

    [Fact]
    public async Task Two_hundred_random_books_give_hledgers_balances()
    {
        Hledger.Require();
        await using var store = TestStore.OnSqlite();
        await using var host = await LedgerHost.Start(store);
        var expected = new SortedDictionary<(string, string), decimal>();
        var books = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), books, async (seed, _) =>
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
            var text = RandomBook.Write(seed, $"book {seed}:");
            // All books share the account of conversions, and each counts its commodities with decimals of its own.
            var plan = Plan(text, RandomBook.Assets) with { Inferred = new Dictionary<Asset, InferredScale>() };
            var result = await Import(host, plan);
            Assert.Equal(plan.Transfers.Count, result.Posted);
            PlanFold.AssertAgrees(plan, await Hledger.Balances(text), text);
            lock (expected)
                Add(expected, PlanFold.Balances(plan));
        });
        Assert.Equal(expected, await Balances(host));
        await host.AssertZeroSum();
        Assert.Null(await Hledger.Check(await Export(host, BookFormat.Journal)));
    }

    [Fact]
    public async Task A_file_that_has_grown_brings_only_what_is_new()
    {
        await using var store = TestStore.OnSqlite();
        await using var host = await LedgerHost.Start(store);
        const string rent = "2024-01-01 Rent\n    expenses:rent  900 EUR\n    assets:bank\n\n";
        await Import(host, Plan(rent + rent, AssetOptions.None));

        const string next = "2024-02-01 Rent\n    expenses:rent  900 EUR\n    assets:bank\n\n";
        var grown = Plan("; tidied up\n\n" + rent + next + rent, AssetOptions.None);
        var result = await Import(host, grown);

        Assert.Equal((1, 2), (result.Posted, result.AlreadyThere));
        Assert.Equal(-2_700_00, await host.Balance("assets:bank"));
    }

    [Fact]
    public async Task An_import_that_was_cut_off_is_run_again_and_does_what_is_missing()
    {
        await using var store = TestStore.OnSqlite();
        await using var host = await LedgerHost.Start(store);
        var plan = Plan(string.Concat(Enumerable.Range(1, 200).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"2024-01-01 no {i}\n    food  {i} EUR\n    bank\n\n"))), AssetOptions.None);
        using var cut = new CancellationTokenSource();
        var cutAfter20 = new Cut(cut, after: 20);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            new BookImport(host.Client, TimeProvider.System).Run(plan, Options, cutAfter20, cut.Token));

        var result = await Import(host, plan);

        Assert.Equal(200, result.Posted + result.AlreadyThere);
        Assert.InRange(result.AlreadyThere, 10, 199);
        Assert.Equal(-20_100_00, await host.Balance("bank"));
        await host.AssertZeroSum();
    }

    [Fact]
    public async Task What_the_ledger_refuses_is_named_by_line_and_the_rest_is_posted()
    {
        await using var store = TestStore.OnSqlite();
        await using var host = await LedgerHost.Start(store);
        await host.Open("shop");
        await host.Done("shop", new FreezeAccount());

        var plan = Plan(
            "2024-01-01 a\n    shop  1 EUR\n    bank\n\n2024-01-02 b\n    food  2 EUR\n    bank\n", AssetOptions.None);
        var result = await Import(host, plan, mayFail: true);

        var failure = Assert.Single(result.Failures);
        Assert.Equal(1, failure.Line);
        Assert.Contains(RefusalCodes.AccountFrozen, failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, result.Posted);
        Assert.Equal(-2_00, await host.Balance("bank"));
    }

    [Fact]
    public async Task A_commodity_with_other_decimals_than_in_the_ledger_stops_the_import_before_the_first_command()
    {
        await using var store = TestStore.OnSqlite();
        await using var host = await LedgerHost.Start(store);
        await Import(host, Plan("2024-01-01\n    a  1.00 VT\n    b\n", AssetOptions.None));

        var finer = Plan("2024-01-01\n    a  1.00 VT\n    b\n\n2024-01-02\n    c  0.0001 VT\n    b\n", AssetOptions.None);
        var result = await Import(host, finer, mayFail: true);

        Assert.Contains("book:6: ", result.Stopped!.Message, StringComparison.Ordinal);
        Assert.Contains("no more than 2 decimals", result.Stopped!.Remedy, StringComparison.Ordinal);
        Assert.Equal(0, result.Opened + result.Posted + result.AlreadyThere + result.Failures.Count);
    }

    [Fact]
    public async Task An_export_holds_deposits_withdrawals_odd_names_and_memos_but_no_failed_transfer()
    {
        await using var store = TestStore.OnSqlite();
        await using var host = await LedgerHost.Start(store);
        await host.Open("two  spaces", 5_00);
        await host.Open("Zoë & Jörg:1.2_3");
        await host.Open("poor");
        await host.Done("two  spaces", new Withdraw(LedgerHost.Euros(1_00), "; not a comment | (x)"));
        await host.Done("two  spaces", new Deposit(new Money(7, new Asset("EUR", 4)), null));
        await host.Done("two  spaces", new Deposit(new Money(3, new Asset("green-apples", 0)), null));
        await host.Pay("good", null, ("two  spaces", -2_00), ("Zoë & Jörg:1.2_3", 2_00));
        await host.Pay("bad", null, ("poor", -2_00), ("Zoë & Jörg:1.2_3", 2_00));

        var book = await Export(host, BookFormat.Journal);

        Assert.Contains("    two ␠spaces  -2.00 EUR", book, StringComparison.Ordinal);
        Assert.Contains("0.0007 \"EUR/4\"", book, StringComparison.Ordinal);
        Assert.Contains("3 \"green-apples\"", book, StringComparison.Ordinal);
        Assert.Contains("* (good) payment", book, StringComparison.Ordinal);
        Assert.DoesNotContain("(bad)", book, StringComparison.Ordinal);
        Hledger.Require();
        Assert.Null(await Hledger.Check(book, "--strict"));
        Assert.Equal(2.00m, (await Hledger.Balances(book))[("two ␠spaces", "EUR")]);
        // Our own import reads it back: the name, the assets and the amounts are the same.
        var plan = Plan(book, AssetOptions.None);
        Assert.Contains(plan.Accounts, account => account.Id == "two  spaces");
        Assert.Equal(2.00m, PlanFold.Balances(plan)[("two  spaces", "EUR")]);
        Assert.Equal(0.0007m, PlanFold.Balances(plan)[("two  spaces", "EUR/4")]);
    }

    [Fact]
    public async Task Json_lines_hold_every_event_once()
    {
        await using var store = TestStore.OnSqlite();
        await using var host = await LedgerHost.Start(store);
        await host.Open("a", 5_00);
        await host.Open("b");
        await host.Pay("t", null, ("a", -1_00), ("b", 1_00));

        var lines = (await Export(host, BookFormat.JsonLines)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        var tokens = lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("token").GetString()).ToArray();
        Assert.Equal(tokens.Length, tokens.Distinct().Count());
        // Opened twice, a deposit; created, held, credited, captured, and what the transfer says of each step.
        Assert.Equal(
            ["account.credited", "account.deposited", "account.funds-held", "account.hold-captured", "account.opened",
                "transfer.completed", "transfer.created", "transfer.credited", "transfer.held"],
            lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("type").GetString())
                .Distinct().Order(StringComparer.Ordinal));
    }

    private static BookPlan Plan(string text, AssetOptions options)
    {
        var (plan, errors) = BookPlanner.Plan(text, "book", options);
        Assert.True(plan is not null, string.Join('\n', errors));
        return plan;
    }

    private static async Task<BookImportResult> Import(LedgerHost host, BookPlan plan, bool mayFail = false)
    {
        var result = await new BookImport(host.Client, TimeProvider.System)
            .Run(plan, Options, null, TestContext.Current.CancellationToken);
        if (!mayFail)
        {
            Assert.Null(result.Stopped);
            Assert.Empty(result.Failures);
        }
        foreach (var token in result.Tokens)
            host.Remember(token);
        return result;
    }

    private static async Task<string> Export(LedgerHost host, BookFormat format)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var result = await new BookExport(host.Queries).Run(format, writer, host.Fresh, TestContext.Current.CancellationToken);
        Assert.False(result.IsStale);
        return writer.ToString();
    }

    private static async Task<SortedDictionary<(string, string), decimal>> Balances(LedgerHost host)
    {
        var balances = new SortedDictionary<(string, string), decimal>();
        string? cursor = null;
        do
        {
            var answer = await host.Queries.Accounts(new AccountsQuery { Take = 1_000, After = cursor }, host.Fresh);
            Assert.False(answer.Stale);
            foreach (var account in answer.Value.Items)
                foreach (var balance in account.Balances.Where(balance => balance.Balance != 0))
                    balances[(account.Id, balance.Asset.ToString())] = decimal.Parse(
                        new Money(balance.Balance, balance.Asset).ToDecimalText(), CultureInfo.InvariantCulture);
            cursor = answer.Value.Cursor;
        }
        while (cursor is not null);
        return balances;
    }

    // Where a code has one asset only, its symbol in our exports is the code; so it is in the samples.
    private static SortedDictionary<(string, string), decimal> ByCode(
        SortedDictionary<(string Account, string Asset), decimal> balances) =>
        new(balances.ToDictionary(entry => (entry.Key.Account, entry.Key.Asset.Split('/')[0]), entry => entry.Value));

    private static void Add(SortedDictionary<(string, string), decimal> sum, SortedDictionary<(string, string), decimal> more)
    {
        foreach (var (key, quantity) in more)
            sum[key] = sum.GetValueOrDefault(key) + quantity;
        foreach (var zero in sum.Where(entry => entry.Value == 0).Select(entry => entry.Key).ToArray())
            sum.Remove(zero);
    }

    private sealed class Cut(CancellationTokenSource cut, int after) : IProgress<BookProgress>
    {
        public void Report(BookProgress value)
        {
            if (value.Done == after)
                cut.Cancel();
        }
    }
}
