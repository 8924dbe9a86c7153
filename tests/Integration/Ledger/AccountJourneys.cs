using OrleansEs.EventLog;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>What people do with accounts, over a cluster.</summary>
public abstract class AccountJourneys(LedgerFixture fixture)
{
    private readonly LedgerHost _ledger = fixture.NewScope();

    [Fact]
    public async Task An_opened_account_takes_deposits_and_withdrawals_and_shows_what_is_left()
    {
        await _ledger.Open("alice", 100_00, owner: "Alice");
        var result = await _ledger.Done("alice", new Withdraw(Euros(30_00), "rent"));

        var view = await _ledger.Account("alice").Show(AsOf.Now);
        Assert.Equal((3, result.Token), (view!.Version, view.Token));
        Assert.Equal(new BalanceView(Eur, 70_00, 0, 70_00), Assert.Single(view.Balances));
        Assert.Equal("Alice", view.Owner);
        await _ledger.AssertZeroSum();
    }

    [Fact]
    public async Task A_refusal_says_why_and_writes_nothing()
    {
        await _ledger.Open("alice", 10_00);
        var refused = await _ledger.Execute("alice", new Withdraw(Euros(10_01), null));

        Assert.Equal(CommandStatus.Refused, refused.Status);
        Assert.Equal(RefusalCodes.InsufficientFunds, refused.Refusal!.Code);
        Assert.Contains("10.00 EUR", refused.Refusal.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await _ledger.Account("alice").Show(AsOf.Now))!.Version);
    }

    [Fact]
    public async Task A_command_id_is_applied_once_and_its_reuse_for_something_else_is_refused()
    {
        await _ledger.Open("alice");
        var header = Header();
        var first = await _ledger.Done("alice", new Deposit(Euros(500), null), header);
        var again = await _ledger.Done("alice", new Deposit(Euros(500), null), header);
        var other = await _ledger.Execute("alice", new Deposit(Euros(501), null), header);

        Assert.False(first.Duplicate);
        Assert.Equal(first with { Duplicate = true }, again);
        Assert.Equal(RefusalCodes.CommandIdReused, other.Refusal!.Code);
        Assert.Equal(500, await _ledger.Balance("alice"));
    }

    [Fact]
    public async Task The_past_is_shown_as_of_a_version_a_time_and_an_effective_date()
    {
        var (january, march) = (new DateOnly(2026, 1, 31), new DateOnly(2026, 3, 31));
        await _ledger.Done("alice", new OpenAccount(null, [], 0), Header(effective: january));
        await _ledger.Done("alice", new Deposit(Euros(100), null), Header(effective: march));
        await _ledger.Done("alice", new Deposit(Euros(7), null), Header(effective: january));

        var history = await _ledger.Account("alice").History(0, 10);
        Assert.Equal(100, await _ledger.Balance("alice", new AsOf { Version = 2 }));
        Assert.Equal(100, await _ledger.Balance("alice", new AsOf { Time = history[1].RecordedAt }));
        Assert.Equal(7, await _ledger.Balance("alice", new AsOf { EffectiveDate = january }));
        Assert.Null(await _ledger.Account("alice").Show(new AsOf { Version = 0 }));
        Assert.Equal("""{"amount":"1.00 EUR","memo":null}""", history[1].Content);
        await Assert.ThrowsAsync<InvalidQueryException>(
            () => _ledger.Account("alice").Show(new AsOf { Version = 1, EffectiveDate = january }));
    }

    [Fact]
    public async Task The_past_is_shown_as_of_a_position_of_the_accounts_own_partition()
    {
        await _ledger.Open("alice", 100);
        var first = LogPosition.Parse((await _ledger.Done("alice", new Deposit(Euros(10), null))).Token!);
        var last = LogPosition.Parse((await _ledger.Done("alice", new Deposit(Euros(1), null))).Token!);

        // Others' events may stand between the account's own: what counts is what stands before the position.
        foreach (var (position, balance) in new[] { (first, 110), (last with { Position = last.Position - 1 }, 110), (last, 111) })
            Assert.Equal(balance, await _ledger.Balance("alice", new AsOf { Position = position.ToString() }));
        Assert.Null(await _ledger.Account("alice").Show(new AsOf { Position = new LogPosition(last.Partition, 0).ToString() }));

        var other = new LogPosition((last.Partition + 1) % 8, 1);
        await AssertRefused(other.ToString(), $"partition {other.Partition}", $"partition {last.Partition}");
        await AssertRefused($"{last.Partition}:99999999", $"{last.Partition}:99999999", "the last one");
        await AssertRefused("yesterday", "'yesterday'", "3:1204");

        async Task AssertRefused(string position, params string[] words)
        {
            var refused = await Assert.ThrowsAsync<InvalidQueryException>(
                () => _ledger.Account("alice").Show(new AsOf { Position = position }));
            Assert.All(words, word => Assert.Contains(word, refused.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Money_that_is_effective_before_its_account_was_opened_shows_in_the_account_as_in_its_statement()
    {
        var (opened, paid) = (new DateOnly(2026, 3, 31), new DateOnly(2026, 1, 31));
        await _ledger.Done("alice", new OpenAccount("Alice", [], 0), Header(effective: opened));
        await _ledger.Done("alice", new Deposit(Euros(100), null), Header(effective: paid));
        await _ledger.Done("alice", new Deposit(Euros(7), null), Header(effective: opened));

        var view = await _ledger.Account("alice").Show(new AsOf { EffectiveDate = paid });
        Assert.Equal(("Alice", AccountStatus.Open, 2), (view!.Owner, view.Status, view.Version));
        Assert.Equal(new BalanceView(Eur, 100, 0, 100), Assert.Single(view.Balances));
        var answer = await _ledger.Queries.Statement(
            new StatementQuery(_ledger.Id("alice"), null, null, paid), _ledger.Fresh);
        Assert.Equal(100, Assert.Single(answer.Value!).Closing);
        Assert.Equal(107, await _ledger.Balance("alice", new AsOf { EffectiveDate = opened }));
        Assert.Null(await _ledger.Account("alice").Show(new AsOf { EffectiveDate = paid.AddDays(-1) }));
    }

    [Fact]
    public async Task A_version_that_the_account_has_not_reached_is_refused()
    {
        await _ledger.Open("alice", 100);
        var refused = await Assert.ThrowsAsync<InvalidQueryException>(
            () => _ledger.Account("alice").Show(new AsOf { Version = 99 }));
        Assert.Contains("has 2 versions", refused.Message, StringComparison.Ordinal);
        Assert.Null(await _ledger.Account("nobody").Show(new AsOf { Version = 99 }));
    }

    [Fact]
    public async Task A_statement_has_an_opening_balance_running_balances_and_a_closing_balance()
    {
        var day = new DateOnly(2026, 1, 1);
        await _ledger.Done("alice", new OpenAccount(null, [], 0), Header(effective: day));
        foreach (var (cents, days) in new[] { (100, 0), (50, 20), (7, 10), (3, 40) })
            await _ledger.Done("alice", new Deposit(Euros(cents), $"day {days}"), Header(effective: day.AddDays(days)));

        var answer = await _ledger.Queries.Statement(
            new StatementQuery(_ledger.Id("alice"), null, day.AddDays(1), day.AddDays(30)), _ledger.Fresh);
        var statement = Assert.Single(answer.Value!);
        Assert.Equal((100, 157), (statement.Opening, statement.Closing));
        Assert.Equal([(7L, 107L), (50L, 157L)], statement.Lines.Select(line => (line.Amount, line.Balance)));
        Assert.Null((await _ledger.Queries.Statement(new StatementQuery("nobody", null, null, null), _ledger.Fresh)).Value);
    }

    [Fact]
    public async Task A_try_that_arrives_after_its_caller_was_told_refused_is_refused_too()
    {
        await _ledger.Open("alice", 100);
        var withdrawal = new Withdraw(Euros(150), null);
        var late = Header();
        var retry = late with { IsRetry = true };
        var told = await _ledger.Execute("alice", withdrawal, retry);
        await _ledger.Done("alice", new Deposit(Euros(100), null));

        var arrived = await _ledger.Execute("alice", withdrawal, late);

        Assert.Equal(RefusalCodes.InsufficientFunds, told.Refusal!.Code);
        Assert.Equal(told.Refusal, arrived.Refusal);
        Assert.Equal(200, await _ledger.Balance("alice"));
        var recorded = (await _ledger.Account("alice").History(2, 1)).Single();
        Assert.Equal(("account.command-refused", late.CommandId), (recorded.Type, recorded.CommandId));
    }

    [Fact]
    public async Task A_refusal_that_is_recorded_opens_no_account()
    {
        var refused = await _ledger.Execute("nobody-yet", new Withdraw(Euros(1), null), Header() with { IsRetry = true });

        Assert.Equal(RefusalCodes.AccountNotFound, refused.Refusal!.Code);
        Assert.Null(await _ledger.Account("nobody-yet").Show(AsOf.Now));
        await _ledger.Open("nobody-yet", 100);
        Assert.Equal(100, await _ledger.Balance("nobody-yet"));
    }

    [Fact]
    public async Task An_id_that_is_none_is_refused_by_the_service_too()
    {
        var refused = await _ledger.Execute("no/slashes", new OpenAccount(null, [], 0));
        Assert.Equal(RefusalCodes.InvalidInput, refused.Refusal!.Code);
    }
}
