using OrleansEs.Grains.Accounts;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using static OrleansEs.Ledger.RefusalCodes;
using static OrleansEs.Specs.Accounts.AccountScenario;

namespace OrleansEs.Specs.Accounts;

/// <summary>Every rule of an account. Refusals stand in the order in which they take precedence.</summary>
public sealed class AccountSpecs
{
    [Fact]
    public void An_account_is_opened_once() => Given(Opened()).When(Open()).ThenRefused(AccountExists);

    [Fact]
    public void An_account_without_an_owner_belongs_to_its_id() =>
        Given().When(new OpenAccount(null, [], null)).Then(new AccountOpened(Id, [], null));

    [Fact]
    public void Assets_named_twice_are_listed_once() => Given().When(Open(0, Eur, Eur)).Then(Opened(0, Eur));

    [Fact]
    public void A_closed_account_cannot_be_opened_again() => Given(Opened(), Closed()).When(Open()).ThenRefused(AccountExists);

    [Fact]
    public void A_barred_transfer_does_not_keep_an_account_from_being_opened() =>
        Given(new TransferBarred("t")).When(Open()).Then(Opened());

    [Fact]
    public void A_deposit_and_a_withdrawal_are_booked()
    {
        Given(Opened()).When(Deposit(100)).Then(Deposited(100));
        Given(Opened(), Deposited(100)).When(Withdraw(100)).Then(Withdrawn(100));
    }

    [Fact]
    public void A_withdrawal_beyond_the_available_balance_is_refused() =>
        Given(Opened(), Deposited(100), Held("t", 40)).When(Withdraw(61)).ThenRefused(InsufficientFunds);

    [Fact]
    public void A_refusal_for_lack_of_funds_names_the_overdraft()
    {
        var state = AccountState.Initial.Evolve(Opened(1)).Evolve(Deposited(100));
        var refusal = AccountDecisions.Decide("alice", state, Withdraw(201)).Refusal;
        Assert.Contains("has 1.00 EUR available and an overdraft of 1.00;", refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_held_can_be_withdrawn() =>
        Given(Opened(), Deposited(100), Held("t", 40)).When(Withdraw(60)).Then(Withdrawn(60));

    [Theory]
    [InlineData("1", 100, true)]
    [InlineData("1", 101, false)]
    [InlineData("0.019", 1, true)]
    [InlineData("0.019", 2, false)]
    [InlineData("1000000000000000000", long.MaxValue, true)]
    public void An_overdraft_is_in_whole_units_and_rounds_towards_zero(string overdraft, long cents, bool accepted)
    {
        var wholeUnits = decimal.Parse(overdraft, System.Globalization.CultureInfo.InvariantCulture);
        var outcome = Given(Opened(wholeUnits)).When(Withdraw(cents));
        if (accepted)
            outcome.Then(Withdrawn(cents));
        else
            outcome.ThenRefused(InsufficientFunds);
    }

    [Fact]
    public void An_overdraft_without_limit_has_the_limit_of_the_numbers()
    {
        Given(Opened(null)).When(Withdraw(long.MaxValue)).Then(Withdrawn(long.MaxValue));
        Given(Opened(null), Withdrawn(long.MaxValue)).When(Withdraw(1)).Then(Withdrawn(1));
        Given(Opened(null), Withdrawn(long.MaxValue)).When(Withdraw(2)).ThenRefused(AmountOverflow);
        Given(Opened(null), Withdrawn(long.MaxValue)).When(Hold("t", 2)).ThenRefused(AmountOverflow);
        Given(Opened(null), Deposited(long.MaxValue), Held("t", long.MaxValue)).When(Hold("u", 1)).ThenRefused(AmountOverflow);
    }

    [Fact]
    public void A_sum_that_does_not_fit_is_refused()
    {
        Given(Opened(), Deposited(long.MaxValue)).When(Deposit(1)).ThenRefused(AmountOverflow);
        Given(Opened(), Deposited(long.MaxValue)).When(Credit("t", 1)).ThenRefused(AmountOverflow);
        Given(Opened(null), Withdrawn(long.MaxValue), Withdrawn(1)).When(Revoke("t", 1)).ThenRefused(AmountOverflow);
    }

    [Fact]
    public void An_account_takes_the_assets_it_lists()
    {
        Given(Opened(0, Usd)).When(Deposit(1)).ThenRefused(AssetNotAllowed);
        Given(Opened(0, Usd)).When(Credit("t", 1)).ThenRefused(AssetNotAllowed);
        Given(Opened(null, Usd)).When(Withdraw(1)).ThenRefused(AssetNotAllowed);
        Given(Opened(null, Usd)).When(Hold("t", 1)).ThenRefused(AssetNotAllowed);
        Given(Opened(0, Usd, Eur)).When(Deposit(1)).Then(Deposited(1));
    }

    [Fact]
    public void An_asset_with_another_scale_is_another_asset() =>
        Given(Opened(0, new Asset("EUR", 3))).When(Deposit(1)).ThenRefused(AssetNotAllowed);

    [Fact]
    public void A_hold_is_captured_or_released_once()
    {
        Given(Opened(), Deposited(100)).When(Hold("t", 40)).Then(Held("t", 40));
        Given(Opened(), Deposited(100), Held("t", 40)).When(Hold("t", 1)).ThenRefused(HoldExists);
        Given(Opened(), Deposited(100), Held("t", 40)).When(Capture("t")).Then(Captured("t", 40));
        Given(Opened(), Deposited(100), Held("t", 40)).When(Release("t")).Then(Released("t", 40));
        Given(Opened(), Deposited(100), Held("t", 40), Captured("t", 40)).When(Capture("t")).ThenRefused(HoldNotFound);
        Given(Opened(), Deposited(100), Held("t", 40), Released("t", 40)).When(Release("t")).ThenRefused(HoldNotFound);
        Given(Opened(), Deposited(100), Held("t", 40)).When(Capture("u")).ThenRefused(HoldNotFound);
    }

    [Fact]
    public void A_hold_of_several_assets_is_held_whole_or_not_at_all() =>
        Given(Opened(), Deposited(100))
            .When(new HoldFunds("t", [Cents(1), new Money(1, Usd)]))
            .ThenRefused(InsufficientFunds);

    [Fact]
    public void A_credit_arrives_and_an_empty_one_only_asks()
    {
        Given(Opened()).When(Credit("t", 5)).Then(Credited("t", 5));
        Given(Opened()).When(Credit("t")).ThenNothing();
        Given(Opened(), Closed()).When(Credit("t")).ThenRefused(RefusalCodes.AccountClosed);
        Given(Opened(), Frozen()).When(Credit("t")).ThenRefused(RefusalCodes.AccountFrozen);
        Given().When(Credit("t")).ThenRefused(AccountNotFound);
    }

    [Fact]
    public void A_credit_is_taken_back_whatever_became_of_the_account()
    {
        Given(Opened(), Credited("t", 5), Withdrawn(5)).When(Revoke("t", 5)).Then(Revoked("t", 5));
        Given(Opened(), Credited("t", 5), Withdrawn(5), Frozen()).When(Revoke("t", 5)).Then(Revoked("t", 5));
        Given(Opened(), Credited("t", 5), Withdrawn(5), Closed()).When(Revoke("t", 5)).Then(Revoked("t", 5));
    }

    [Fact]
    public void Any_account_can_bar_a_transfer_even_one_that_is_not_there()
    {
        Given().When(Bar("t")).Then(new TransferBarred("t"));
        Given(Opened(), Frozen()).When(Bar("t")).Then(new TransferBarred("t"));
        Given(Opened(), Closed()).When(Bar("t")).Then(new TransferBarred("t"));
    }

    [Fact]
    public void A_frozen_account_does_nothing_new()
    {
        Given(Opened(), Frozen()).When(Deposit(1)).ThenRefused(RefusalCodes.AccountFrozen);
        Given(Opened(), Frozen()).When(Withdraw(1)).ThenRefused(RefusalCodes.AccountFrozen);
        Given(Opened(), Frozen()).When(Hold("t", 1)).ThenRefused(RefusalCodes.AccountFrozen);
        Given(Opened(), Frozen()).When(Credit("t", 1)).ThenRefused(RefusalCodes.AccountFrozen);
        Given(Opened(), Frozen()).When(Close()).ThenRefused(RefusalCodes.AccountFrozen);
        Given(Opened(), Frozen()).When(Freeze()).ThenRefused(RefusalCodes.AccountFrozen);
    }

    [Fact]
    public void What_is_under_way_ends_on_a_frozen_account()
    {
        Given(Opened(), Deposited(9), Held("t", 9), Frozen()).When(Capture("t")).Then(Captured("t", 9));
        Given(Opened(), Deposited(9), Held("t", 9), Frozen()).When(Release("t")).Then(Released("t", 9));
    }

    [Fact]
    public void A_freeze_begins_and_ends()
    {
        Given(Opened()).When(Freeze()).Then(Frozen());
        Given(Opened(), Frozen()).When(Unfreeze()).Then(Unfrozen());
        Given(Opened()).When(Unfreeze()).ThenRefused(AccountNotFrozen);
        Given(Opened(), Frozen(), Unfrozen()).When(Deposit(1)).Then(Deposited(1));
    }

    [Fact]
    public void An_account_is_closed_only_at_zero_and_without_holds()
    {
        Given(Opened(), Deposited(5), Withdrawn(5)).When(Close()).Then(Closed());
        Given(Opened(), Deposited(5)).When(Close()).ThenRefused(AccountNotEmpty);
        Given(Opened(null), Withdrawn(5)).When(Close()).ThenRefused(AccountNotEmpty);
        Given(Opened(null), Held("t", 5)).When(Close()).ThenRefused(AccountNotEmpty);
    }

    public static TheoryData<AccountCommand> CommandsOnMoney =>
    [
        Deposit(1), Withdraw(1), Hold("t", 1), Credit("t", 1), Freeze(), Unfreeze(), Close(),
    ];

    [Theory]
    [MemberData(nameof(CommandsOnMoney))]
    public void A_closed_account_stays_closed(AccountCommand command) =>
        Given(Opened(), Closed()).When(command).ThenRefused(RefusalCodes.AccountClosed);

    [Theory]
    [MemberData(nameof(CommandsOnMoney))]
    public void An_account_that_was_never_opened_is_not_found(AccountCommand command) =>
        Given().When(command).ThenRefused(AccountNotFound);

    [Fact]
    public void The_first_reason_in_the_fixed_order_is_given()
    {
        Given().When(Deposit(0)).ThenRefused(AmountNotPositive);
        Given(Opened(0, Usd), Frozen()).When(Deposit(1)).ThenRefused(RefusalCodes.AccountFrozen);
        Given(Opened(0, Usd), Held("t", 1)).When(Hold("t", 1)).ThenRefused(HoldExists);
        Given(Opened(0, Usd)).When(Withdraw(1)).ThenRefused(AssetNotAllowed);
    }

    public static TheoryData<AccountCommand, string> Malformed => new()
    {
        { Deposit(0), AmountNotPositive },
        { Withdraw(-1), AmountNotPositive },
        { Hold("t", 0), AmountNotPositive },
        { Credit("t", -1), AmountNotPositive },
        { Hold("t"), InvalidInput },
        { Hold("t", 1, 1), InvalidInput },
        { Hold("", 1), InvalidInput },
        { Hold("a/b", 1), InvalidInput },
        { Bar(" t"), InvalidInput },
        { new RevokeCredit("t", []), InvalidInput },
        { new HoldFunds("t", null!), InvalidInput },
        { new CreditFunds("t", null!, null), InvalidInput },
        { new Deposit(default, null), InvalidInput },
        { new Deposit(new Money(1, new Asset("EUR", 10)), null), InvalidInput },
        { new Deposit(new Money(1, new Asset("E R", 2)), null), InvalidInput },
        { new Deposit(Cents(1), new string('x', 501)), InvalidInput },
        { new Withdraw(Cents(1), "a\u0007b"), InvalidInput },
        { new Withdraw(Cents(1), "half \uD83D"), InvalidInput },
        { new OpenAccount("  ", [], 0), InvalidInput },
        { new OpenAccount(new string('x', 201), [], 0), InvalidInput },
        { new OpenAccount("A", null!, 0), InvalidInput },
        { new OpenAccount("A", [default], 0), InvalidInput },
        { Open(-0.01m), InvalidInput },
        { Open(1_000_000_000_000_000_001m), InvalidInput },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Malformed_input_is_refused_before_any_rule(AccountCommand command, string code) =>
        Given().When(command).ThenRefused(code);

    [Fact]
    public void A_state_stays_small_however_long_its_history()
    {
        var events = new List<AccountEvent> { Opened(null) };
        for (var i = 0; i < 10_000; i++)
            events.AddRange([Credited($"in {i}", 5), Held($"out {i}", 5), Captured($"out {i}", 5)]);
        var state = events.Aggregate(Grains.Accounts.AccountState.Initial, (current, next) => current.Evolve(next));
        Assert.Empty(state.Holds);
        Assert.Equal(default, Assert.Single(state.Balances).Value);
    }
}
