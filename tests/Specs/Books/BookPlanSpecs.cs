using OrleansEs.Client.Books;
using OrleansEs.Ledger;

namespace OrleansEs.Specs.Books;

/// <summary>Which ids and assets a plan has.</summary>
public sealed class BookPlanSpecs
{
    private const string Rent = "2024-01-01 * Rent\n    expenses:rent    $900.00\n    assets:bank\n\n";

    [Fact]
    public void The_same_file_has_the_same_ids() =>
        Assert.Equal(Ids(Reading.Plan(Rent + Rent)), Ids(Reading.Plan(Rent + Rent)));

    [Fact]
    public void Equal_transactions_are_told_apart_by_their_number() =>
        Assert.Equal(3, Ids(Reading.Plan(Rent + Rent + Rent)).Distinct().Count());

    [Fact]
    public void A_file_that_has_grown_keeps_the_ids_it_had() =>
        Assert.Equal(
            Ids(Reading.Plan(Rent + Rent)),
            Ids(Reading.Plan("; a new head\n" + Rent + "2024-02-01 New\n  a  1 EUR\n  b\n\n" + Rent)).Take(2));

    [Theory]
    [InlineData("2024-01-01 Rent\n  expenses:rent  $900.00\n  assets:bank\n")]
    [InlineData("2024/1/1 ! Rent  ; tag:x\n\texpenses:rent  900 $\n\t* assets:bank  ; c\n")]
    [InlineData("Y2024\ndecimal-mark ,\n1/1 Rent\n ; c\n expenses:rent  $900,0 = $900\n assets:bank\n")]
    public void Layout_status_comments_and_assertions_are_not_part_of_what_a_transaction_says(string tidied) =>
        Assert.Equal(Ids(Reading.Plan(Rent)), Ids(Reading.Plan(tidied)));

    [Theory]
    [InlineData("2024-01-02 Rent\n  expenses:rent  $900\n  assets:bank\n")]
    [InlineData("2024-01-01 (1) Rent\n  expenses:rent  $900\n  assets:bank\n")]
    [InlineData("2024-01-01 Rent!\n  expenses:rent  $900\n  assets:bank\n")]
    [InlineData("2024-01-01 Rent\n  expenses:rent  $901\n  assets:bank\n")]
    [InlineData("2024-01-01 Rent\n  expenses:rent  €900\n  assets:bank\n")]
    [InlineData("2024-01-01 Rent\n  expenses:rent  $900 @ €1\n  assets:bank\n")]
    [InlineData("2024-01-01 Rent\n  expenses:rent  $900\n  assets:cash\n")]
    [InlineData("2024-01-01 Rent\n  expenses:rent  = $900\n  assets:bank\n")]
    [InlineData("2024-01-01 Rent\n  expenses:rent  $900\n  assets:bank  $-900\n")]
    public void Whatever_a_transaction_says_is_part_of_its_id(string other) =>
        Assert.NotEqual(Ids(Reading.Plan(Rent)), Ids(Reading.Plan(other)));

    [Fact]
    public void An_id_and_a_command_id_never_change()
    {
        // Frozen: with other ids, a book that was imported before would be posted a second time.
        var transfer = Assert.Single(Reading.Plan(Rent).Transfers);
        Assert.Equal("import-12ee1e42514def0d66ec3286-1", transfer.Id);
        Assert.Equal(Guid.Parse("5aaab05e-b075-81d1-845f-ef8f7d9e5c22"), transfer.CommandId);
    }

    [Fact]
    public void Ids_are_ids_and_command_ids_are_distinct()
    {
        var plan = Reading.Plan(Rent + Rent);
        Assert.All(plan.Transfers, transfer => Assert.True(LedgerId.TryParse(transfer.Id, out _)));
        var commands = plan.Transfers.Select(transfer => transfer.CommandId)
            .Concat(plan.Accounts.Select(account => account.CommandId));
        Assert.Equal(4, commands.Distinct().Count());
        Assert.All(commands, command => Assert.Equal(8, command.Version));
    }

    [Fact]
    public void Transfers_are_planned_by_date_and_accounts_by_name()
    {
        var plan = Reading.Plan("2024-02-01\n  z  1 EUR\n  m\n\n2024-01-01\n  a  1 EUR\n  m\n");
        Assert.Equal([5, 1], plan.Transfers.Select(transfer => transfer.Line));
        Assert.Equal(["a", "m", "z"], plan.Accounts.Select(account => account.Id));
    }

    [Theory]
    [InlineData("5 \"green apples\"", "5.00 CAD", "green apples=CAD")]
    [InlineData("$5", "5.00 CAD", "$=CAD")]
    [InlineData("$5", "5.0000 USD/4", "$=USD/4")]
    [InlineData("5", "5.000 TIN/3", "=TIN/3")]
    [InlineData("5", "5 TIN/0", "=TIN")]
    [InlineData("5 \"a=b\"", "5 TIN/0", "a=b=TIN")]
    public void An_option_says_which_asset_a_commodity_is(string amount, string balance, string option) =>
        Assert.Equal($"a {balance}, b -{balance}", Reading.Balances($"2024-01-01\n  a  {amount}\n  b\n", option));

    [Theory]
    [InlineData("", "-4.00 USD")]
    [InlineData("commodity $1000.000\n", "-4.005 USD/3")]
    [InlineData("2024-01-01\n  c  $1.234\n  c\n", "-4.005 USD/3")]
    [InlineData("2024-01-01\n  c  = $0.004\n  d\n", "-4.005 USD/3")]
    [InlineData("P 2024-01-01 VT $1.3355\n", "-4.00 USD")]
    public void What_follows_from_a_cost_is_rounded_half_to_even_to_the_decimals_that_a_currency_has_or_is_written_with(
        string before, string paid) =>
        Assert.Contains(
            $"b {paid}, ", Reading.Balances($"{before}\n2024-01-01\n  a  3 VT @ $1.335\n  b\n"), StringComparison.Ordinal);

    [Fact]
    public void Rounding_is_noted_with_the_option_that_keeps_all_decimals()
    {
        const string book = "2024-01-01\n  a  3 VT @ $1.335\n  b\n";
        var note = Assert.Single(Reading.Plan(book).Notes);
        Assert.Equal((3, "--asset '$=USD/3' keeps more."), (note.Line, note.Remedy));
        Assert.Equal(
            "a 3 VT/0, b -4.005 USD/3, equity:conversion 4.005 USD/3, equity:conversion -3 VT/0",
            Reading.Balances(book, "$=USD/3"));
    }

    [Theory]
    [InlineData("b  = $5")]
    [InlineData("b  = $-8.01")]
    [InlineData("b  =* $5")]
    [InlineData("b  == $5")]
    public void An_assigned_balance_is_what_the_account_has_though_amounts_before_were_rounded(string assignment)
    {
        var bought = "2024-01-01\n  a  3 VT @ $1.335\n  b\n\n2024-01-02\n  a  3 VT @ $1.335\n  b\n\n";
        var dollars = assignment[(assignment.IndexOf('$') + 1)..];
        var expected = Money.Parse(dollars, new Asset("USD", 2)).ToDecimalText();
        Assert.Contains(
            $"b {expected} USD", Reading.Balances($"{bought}2024-01-03\n  {assignment}\n  c\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_book_or_a_later_line_does_not_change_a_currencys_decimals() =>
        Assert.Equal(
            Reading.Plan("2024-01-01\n  a  $10\n  b\n").Assets["$"],
            Reading.Plan("2024-01-01\n  a  $10\n  b\n\n2024-01-02\n  a  7 L @ $1.459\n  b\n").Assets["$"]);

    [Theory]
    [InlineData("two  spaces", "two ␠spaces")]
    [InlineData("a   b c  d", "a ␠␠b c ␠d")]
    [InlineData("plain name", "plain name")]
    public void A_name_that_hledger_would_cut_off_is_written_so_that_it_comes_back(string id, string name)
    {
        Assert.Equal(name, AccountNames.ToBook(id));
        Assert.Equal(id, AccountNames.FromBook(name));
    }

    private static IEnumerable<string> Ids(BookPlan plan) => plan.Transfers.Select(transfer => transfer.Id);
}
