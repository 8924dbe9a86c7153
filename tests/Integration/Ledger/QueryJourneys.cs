using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Grains.Queries;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>What one can ask of the ledger's read models, and how exact and fresh the answers are.</summary>
public abstract class QueryJourneys(LedgerFixture fixture)
{
    private static int s_assets;
    private readonly LedgerHost _ledger = fixture.NewScope();

    [Fact]
    public async Task Accounts_are_filtered_by_owner_asset_status_and_balance()
    {
        var owner = _ledger.Id("Ann");
        await _ledger.Open("a", 1_00, owner);
        await _ledger.Open("b", 5_00, owner);
        await _ledger.Open("c", 9_00, owner);
        await _ledger.Done("c", new FreezeAccount());
        await _ledger.Open("d", 0, owner);
        await _ledger.Open("e", 5_00, "somebody else");

        Assert.Equal(["a", "b", "c", "d"], await Ids(new AccountsQuery { Owner = owner }));
        Assert.Equal(["a", "b", "c"], await Ids(new AccountsQuery { Owner = owner, Asset = Eur }));
        Assert.Equal(["c"], await Ids(new AccountsQuery { Owner = owner, Status = AccountStatus.Frozen }));
        Assert.Equal(["b", "c"], await Ids(new AccountsQuery { Owner = owner, Asset = Eur, BalanceMin = 1.001m }));
        Assert.Equal(["a"], await Ids(new AccountsQuery { Owner = owner, Asset = Eur, BalanceMax = 4.999m }));
        Assert.Empty(await Ids(new AccountsQuery { Owner = owner, Asset = Usd }));
    }

    [Fact]
    public async Task A_statement_and_a_page_of_the_audit_are_the_same_read_at_once_or_in_steps()
    {
        await _ledger.Open("a", 1_00, "Ann");
        foreach (var (amount, memo) in new[] { (Euros(1), null), (new Money(7, Usd), "a memo"), (Euros(2), "another") })
            await _ledger.Done("a", new Deposit(amount, memo));
        var reader = _ledger.Services.GetRequiredService<IReadModelReader>();
        var events = _ledger.Services.GetRequiredService<IEventSerializer>();
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        async Task<(T AtOnce, TSteps InSteps)> Both<T, TSteps>(
            string model, ReadModelQuery<T> atOnce, Func<ReadModelRows, Task<TSteps>> inSteps)
        {
            LogPosition[] tokens = [.. _ledger.Fresh.AfterTokens.Select(LogPosition.Parse)];
            var cancellation = TestContext.Current.CancellationToken;
            return ((await reader.Query(model, tokens, Long, atOnce, cancellation)).Value,
                (await reader.Query(model, tokens, Long, inSteps, cancellation)).Value);
        }

        foreach (var query in
            from asset in new Asset?[] { null, Eur, Usd }
            from days in new (DateOnly? From, DateOnly? To)[]
            {
                (null, null), (today.AddDays(-1), null), (today.AddDays(2), null), (null, today.AddDays(-9)),
            }
            select new StatementQuery(_ledger.Id("a"), asset, days.From, days.To))
        {
            var (atOnce, inSteps) = await Both(
                "statements", StatementQueries.Short(events, query), rows => StatementQueries.InSteps(rows, events, query));
            Assert.True(atOnce.IsWhole);
            Assert.Equal(query.Asset is null ? 2 : 1, atOnce.Statements!.Count);
            Assert.Equivalent(inSteps, atOnce.Statements, strict: true);
        }
        foreach (var query in new[] { new AuditQuery { Take = 3 }, new AuditQuery { Journal = $"account/{_ledger.Id("a")}", Take = 3 } })
        {
            var (atOnce, inSteps) = await Both("audit", AuditQueries.AtOnce(query), rows => AuditQueries.Page(rows, query));
            Assert.Equal(3, atOnce!.Items.Count);
            Assert.Equivalent(inSteps, atOnce, strict: true);
            var (next, nextInSteps) = await Both(
                "audit", AuditQueries.AtOnce(query with { After = atOnce.Cursor }),
                rows => AuditQueries.Page(rows, query with { After = atOnce.Cursor }));
            Assert.Equivalent(nextInSteps, next, strict: true);
        }
    }

    [Fact]
    public async Task Queries_that_wait_for_a_token_hold_up_no_other_however_many_they_are()
    {
        await _ledger.Open("a", 1_00, _ledger.Id("Ann"));
        var never = new Freshness([new LogPosition(0, 1_000_000_000).ToString()], TimeSpan.FromSeconds(5));
        var query = new AccountsQuery { Owner = _ledger.Id("Ann") };
        var waiting = Enumerable.Range(0, 4 * Environment.ProcessorCount)
            .Select(_ => _ledger.Queries.Accounts(query, never)).ToArray();

        Assert.Single((await _ledger.Queries.Accounts(query, _ledger.Fresh)).Value.Items);

        Assert.All(waiting, one => Assert.False(one.IsCompleted));
        Assert.All(await Task.WhenAll(waiting), answer => Assert.True(answer.Stale));
    }

    [Theory]
    [InlineData("id")]
    [InlineData("owner")]
    [InlineData("status")]
    [InlineData("version")]
    [InlineData("balance")]
    [InlineData("held")]
    [InlineData("available")]
    public async Task Accounts_are_sorted_by_any_column_and_pages_neither_repeat_nor_lose_one(string sort)
    {
        var owner = _ledger.Id("Ann");
        foreach (var (name, cents) in new[] { ("b", 3L), ("a", 3), ("e", 1), ("d", 2), ("c", 3), ("f", 9) })
            await _ledger.Open(name, cents, owner);
        await _ledger.Done("d", new HoldFunds("t", [Euros(1)]));
        await _ledger.Done("f", new FreezeAccount());

        var query = new AccountsQuery { Owner = owner, Asset = Eur, Sort = sort };
        var ascending = await Pages(query);
        var descending = await Pages(query with { Descending = true });
        Assert.Equal(6, ascending.Distinct().Count());
        Assert.Equal(ascending, descending.AsEnumerable().Reverse());
        if (sort == "balance")
            Assert.Equal(["e", "d", "a", "b", "c", "f"], ascending);
    }

    [Fact]
    public async Task The_version_and_the_token_of_an_account_are_those_of_its_last_event_whatever_it_changed()
    {
        var owner = _ledger.Id("Ann");
        await _ledger.Open("a", 0, owner);
        foreach (var command in new AccountCommand[]
        {
            new Deposit(Euros(5), null), new FreezeAccount(), new UnfreezeAccount(), new Deposit(new Money(7, Usd), null),
            new HoldFunds("t", [Euros(1)]),
        })
        {
            var done = await _ledger.Done("a", command);
            foreach (var asset in new Asset?[] { null, Eur })
            {
                var query = new AccountsQuery { Owner = owner, Asset = asset, Sort = "version" };
                var shown = Assert.Single((await _ledger.Queries.Accounts(query, _ledger.Fresh)).Value.Items);
                Assert.Equal((done.Version, done.Token), (shown.Version, shown.Token));
            }
        }
    }

    [Fact]
    public async Task A_line_of_a_statement_shows_what_was_noted_of_its_event()
    {
        await _ledger.Open("a", 9_00);
        await _ledger.Open("b");
        await _ledger.Done("a", new Deposit(Euros(5), "for rent"), Header(effective: new DateOnly(2020, 2, 29)));
        await _ledger.Pay("t", null, ("a", -4_00), ("b", 4_00));

        var query = new StatementQuery(_ledger.Id("a"), null, null, null);
        var lines = Assert.Single((await _ledger.Queries.Statement(query, _ledger.Fresh)).Value!).Lines;

        Assert.Equal(new DateOnly(2020, 2, 29), lines[0].EffectiveDate);
        Assert.Equal(
            [
                ("account.deposited", null, "for rent"), ("account.deposited", null, "opening"),
                ("account.hold-captured", _ledger.Id("t"), null),
            ],
            lines.Select(line => (line.Type, line.Reference, line.Memo)));
    }

    [Fact]
    public async Task Totals_are_exact_beyond_64_bits_and_average_half_to_even()
    {
        var asset = new Asset($"Q{Interlocked.Increment(ref s_assets)}", 2);
        var owner = _ledger.Id("Rich");
        foreach (var (name, units) in new[] { ("a", long.MaxValue), ("b", long.MaxValue), ("c", 3L) })
        {
            await _ledger.Done(name, new OpenAccount(owner, [], 0));
            await _ledger.Done(name, new Deposit(new Money(units, asset), null));
        }
        var totals = await _ledger.Queries.Totals(new TotalsQuery(TotalsBy.Owner), _ledger.Fresh);
        var group = Assert.Single(totals.Value.Groups, g => g.Group == owner);
        Assert.Equal((3, 3, long.MaxValue), (group.Count, group.Minimum, group.Maximum));
        Assert.Equal(184467440737095516.17m, group.Sum);
        Assert.Equal(61489146912365172.06m, group.Average);
        var sum = Assert.Single(totals.Value.Sums, s => s.Asset == asset);
        Assert.Equal((184467440737095516.17m, -184467440737095516.17m, 0m), (sum.Accounts, sum.World, sum.Difference));
    }

    [Fact]
    public async Task Totals_by_month_count_the_changes_that_hold_for_it_and_are_exact()
    {
        var asset = new Asset($"Q{Interlocked.Increment(ref s_assets)}", 2);
        foreach (var name in new[] { "a", "b", "c" })
            await _ledger.Done(name, new OpenAccount(null, [], null));
        await Change("a", long.MaxValue, new DateOnly(2026, 10, 31));
        await Change("b", long.MaxValue, new DateOnly(2026, 10, 1));
        await Change("c", 5, new DateOnly(2026, 11, 1));
        await Change("b", -2, new DateOnly(2026, 11, 30));
        await Change("c", 1, new DateOnly(2025, 11, 30));

        var all = await Months(new TotalsQuery(TotalsBy.Month) { Asset = asset });
        Assert.Equal(
            [
                new TotalsGroup("2025-11", asset, 1, 0.01m, 0.01m, 1, 1),
                new TotalsGroup("2026-10", asset, 2, 184467440737095516.14m, 92233720368547758.07m, long.MaxValue, long.MaxValue),
                new TotalsGroup("2026-11", asset, 2, 0.03m, 0.02m, -2, 5),
            ],
            all);
        Assert.Equal(
            [new TotalsGroup("2026-11", asset, 1, 0.05m, 0.05m, 5, 5)],
            await Months(new TotalsQuery(TotalsBy.Month)
            {
                Asset = asset, AccountId = _ledger.Id("c"), From = new DateOnly(2026, 11, 1), To = new DateOnly(2026, 11, 30),
            }));
        Assert.Equal(
            all.TakeLast(1), await Months(new TotalsQuery(TotalsBy.Month) { Asset = asset, From = new DateOnly(2026, 11, 1) }));
        Assert.Equal(
            all.Take(2), await Months(new TotalsQuery(TotalsBy.Month) { Asset = asset, To = new DateOnly(2026, 10, 31) }));
        Assert.Empty(await Months(new TotalsQuery(TotalsBy.Month) { AccountId = "nobody" }));

        async Task Change(string name, long units, DateOnly effective) => await _ledger.Done(
            name,
            units > 0 ? new Deposit(new Money(units, asset), null) : new Withdraw(new Money(-units, asset), null),
            Header(effective: effective));

        async Task<IReadOnlyList<TotalsGroup>> Months(TotalsQuery query)
        {
            var answer = await _ledger.Queries.Totals(query, _ledger.Fresh);
            Assert.False(answer.Stale);
            Assert.Empty(answer.Value.Sums);
            return answer.Value.Groups;
        }
    }

    [Fact]
    public async Task A_balance_may_go_from_one_end_of_the_range_to_the_other_within_one_batch()
    {
        var asset = new Asset($"Q{Interlocked.Increment(ref s_assets)}", 0);
        await _ledger.Open("deep", overdraft: null);
        foreach (var units in new[] { long.MaxValue, 1 })
            await _ledger.Done("deep", new Withdraw(new Money(units, asset), null));
        var query = new AccountsQuery { Asset = asset };
        var lowest = await _ledger.Queries.Accounts(query, _ledger.Fresh);
        Assert.Equal(long.MinValue, Assert.Single(lowest.Value.Items).Balances[0].Balance);

        var accounts = _ledger.Client.GetGrain<IReadModelControlGrain>("accounts");
        await accounts.Pause();
        foreach (var units in new[] { long.MaxValue, long.MaxValue, 1 })
            await _ledger.Done("deep", new Deposit(new Money(units, asset), null));
        await accounts.Resume();

        var greatest = await _ledger.Queries.Accounts(query, _ledger.Fresh);
        Assert.Equal(long.MaxValue, Assert.Single(greatest.Value.Items).Balances[0].Balance);
        await _ledger.AssertZeroSum();
    }

    [Fact]
    public async Task A_hold_that_was_captured_and_not_yet_credited_is_in_transit()
    {
        await _ledger.Open("alice", 100);
        await _ledger.Done("alice", new HoldFunds("by hand", [Euros(40)]));
        await _ledger.Done("alice", new CaptureHold("by hand"));
        await _ledger.AssertZeroSum(nothingUnderWay: false);
        await _ledger.Done("alice", new CreditFunds("by hand", [Euros(40)], null));
        await _ledger.AssertZeroSum();
    }

    [Fact]
    public async Task The_audit_is_paged_in_the_order_of_time_and_filtered_by_type_actor_and_journal()
    {
        foreach (var name in new[] { "a", "b", "c" })
            await _ledger.Done(name, new OpenAccount(null, [], 0), Header(correlation: _ledger.Id("story")));
        var query = new AuditQuery { CorrelationId = _ledger.Id("story"), Take = 2 };
        var first = await _ledger.Queries.Audit(query, _ledger.Fresh);
        var second = await _ledger.Queries.Audit(query with { After = first.Value.Cursor }, _ledger.Fresh);
        var all = first.Value.Items.Concat(second.Value.Items).ToList();
        Assert.Equal(new[] { "a", "b", "c" }.Select(name => $"account/{_ledger.Id(name)}"), all.Select(entry => entry.Journal));
        Assert.Equal((2, 1), (first.Value.Items.Count, second.Value.Items.Count));
        Assert.Null(second.Value.Cursor);

        var found = await _ledger.Queries.Audit(
            new AuditQuery { Journal = all[0].Journal, Type = "account.opened", Actor = "tester", From = all[0].RecordedAt },
            _ledger.Fresh);
        Assert.Equal(all[0], Assert.Single(found.Value.Items));
        Assert.Empty((await _ledger.Queries.Audit(query with { To = all[0].RecordedAt }, _ledger.Fresh)).Value.Items);
    }

    [Fact]
    public async Task Correlation_ids_that_rows_do_not_tell_apart_are_told_apart_and_a_command_is_found_by_its_own_id()
    {
        // The first half is what rows have of it.
        var half = $"{Guid.CreateVersion7()}"[..18];
        string[] alike = [$"{half}-8000-000000000001", $"{half}-8000-000000000002"];
        for (var number = 0; number < 6; number++)
            await _ledger.Done($"a{number}", new OpenAccount(null, [], 0), Header(correlation: alike[number % 2]));
        var found = new List<string>();
        for (var query = new AuditQuery { CorrelationId = alike[1], Take = 2 }; query is not null;)
        {
            var page = (await _ledger.Queries.Audit(query, _ledger.Fresh)).Value;
            found.AddRange(page.Items.Select(entry => entry.Journal));
            query = page.Cursor is { } cursor ? query with { After = cursor } : null;
        }
        Assert.Equal(new[] { 1, 3, 5 }.Select(number => $"account/{_ledger.Id($"a{number}")}"), found);

        var command = Header();
        await _ledger.Done("b", new OpenAccount(null, [], 0), command);
        var own = await _ledger.Queries.Audit(new AuditQuery { CorrelationId = $"{command.CommandId}" }, _ledger.Fresh);
        Assert.Equal(command.CommandId, Assert.Single(own.Value.Items).CommandId);
    }

    [Fact]
    public async Task An_answer_that_lacks_what_was_asked_for_is_labelled_stale()
    {
        var answer = await _ledger.Queries.Accounts(
            new AccountsQuery(), new Freshness(["0:1000000"], TimeSpan.FromMilliseconds(1)));
        Assert.True(answer.Stale);
        Assert.Equal(8, answer.Positions.Count);
    }

    [Fact]
    public async Task A_text_that_no_database_could_hold_is_refused_and_not_asked_for()
    {
        var byOwner = new AccountsQuery { Owner = "Ann\0" };
        await Assert.ThrowsAsync<InvalidQueryException>(() => _ledger.Queries.Accounts(byOwner, Freshness.Any));
        var byActor = new AuditQuery { Actor = "\0" };
        await Assert.ThrowsAsync<InvalidQueryException>(() => _ledger.Queries.Audit(byActor, Freshness.Any));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("99:1")]
    public async Task A_token_that_is_none_is_refused(string token) => await Assert.ThrowsAsync<InvalidQueryException>(
        () => _ledger.Queries.Accounts(new AccountsQuery(), new Freshness([token], TimeSpan.FromSeconds(1))));

    private async Task<IEnumerable<string>> Ids(AccountsQuery query)
    {
        var answer = await _ledger.Queries.Accounts(query, _ledger.Fresh);
        Assert.False(answer.Stale);
        return answer.Value.Items.Select(account => account.Id[_ledger.Id("").Length..]);
    }

    private async Task<List<string>> Pages(AccountsQuery query)
    {
        var ids = new List<string>();
        for (string? after = null; ; )
        {
            var answer = await _ledger.Queries.Accounts(query with { Take = 2, After = after }, _ledger.Fresh);
            ids.AddRange(answer.Value.Items.Select(account => account.Id[_ledger.Id("").Length..]));
            if ((after = answer.Value.Cursor) is null)
                return ids;
        }
    }
}
