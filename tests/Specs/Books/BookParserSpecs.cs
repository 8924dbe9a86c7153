namespace OrleansEs.Specs.Books;

/// <summary>What the parser understands, construct by construct, with the balances that it leaves.</summary>
public sealed class BookParserSpecs
{
    [Theory]
    // Sides, spaces and signs.
    [InlineData("$5", "a 5.00 USD")]
    [InlineData("$ 5", "a 5.00 USD")]
    [InlineData("5 $", "a 5.00 USD")]
    [InlineData("5$", "a 5.00 USD")]
    [InlineData("-$5", "a -5.00 USD")]
    [InlineData("$-5", "a -5.00 USD")]
    [InlineData("$ - 5", "a -5.00 USD")]
    [InlineData("- $ 5", "a -5.00 USD")]
    [InlineData("-$-5", "a 5.00 USD")]
    [InlineData("+5 €", "a 5.00 EUR")]
    [InlineData("EUR5", "a 5.00 EUR")]
    [InlineData("5EUR", "a 5.00 EUR")]
    [InlineData("5", "a 5 XXX/0")]
    [InlineData("5 \"VBMPX/3\"", "a 5.000 VBMPX/3")]
    [InlineData("\"AB12\" 5", "a 5 AB12/0")]
    [InlineData("5 руб", "a 5 руб/0")]
    [InlineData("¥500", "a 500 JPY")]
    [InlineData("¥500.00", "a 500 JPY")]
    [InlineData("£1.5", "a 1.50 GBP")]
    [InlineData("₹1", "a 1.00 INR")]
    // Decimal marks and digit groups.
    [InlineData("1.5 EUR", "a 1.50 EUR")]
    [InlineData("1,5 EUR", "a 1.50 EUR")]
    [InlineData(".5 EUR", "a 0.50 EUR")]
    [InlineData("5. EUR", "a 5.00 EUR")]
    [InlineData("1.000 BTC", "a 1.000 BTC/3")]
    [InlineData("1,000 BTC", "a 1.000 BTC/3")]
    [InlineData("1 000 EUR", "a 1000.00 EUR")]
    [InlineData("1\u00a0000 EUR", "a 1000.00 EUR")]
    [InlineData("1.000.000 EUR", "a 1000000.00 EUR")]
    [InlineData("1,234.56 EUR", "a 1234.56 EUR")]
    [InlineData("1.234,56 EUR", "a 1234.56 EUR")]
    [InlineData("12,34,567.89 EUR", "a 1234567.89 EUR")]
    [InlineData("1E3 EUR", "a 1000.00 EUR")]
    [InlineData("1.5e-1 EUR", "a 0.15 EUR")]
    [InlineData("EUR 2E+2", "a 200.00 EUR")]
    [InlineData("5 EUR;c", "a 5.00 EUR")]
    [InlineData("5 EUR {2 USD} [2024-01-01]", "a 5.00 EUR")]
    [InlineData("5 EUR {{=2 USD}}", "a 5.00 EUR")]
    public void An_amount_is_read(string amount, string balance)
    {
        var opposite = balance.Contains('-', StringComparison.Ordinal)
            ? balance.Replace("a -", "b ", StringComparison.Ordinal)
            : balance.Replace("a ", "b -", StringComparison.Ordinal);
        Assert.Equal($"{balance}, {opposite}", Reading.Balances($"2024-01-01 x\n  a  {amount}\n  b\n"));
    }

    [Theory]
    [InlineData("decimal-mark ,\n", "1.000 EUR", "1000.00 EUR")]
    [InlineData("decimal-mark .\n", "1,000 EUR", "1000.00 EUR")]
    [InlineData("decimal-mark ,  ; c\n", "1,5 EUR", "1.50 EUR")]
    [InlineData("commodity 1.000,00 EUR\n", "1.000 EUR", "1000.00 EUR")]
    [InlineData("commodity 1,000.00 EUR\n", "1,000 EUR", "1000.00 EUR")]
    [InlineData("commodity EUR\n  ; how it looks\n  format 1.000,00 EUR  ; so\n", "1.000 EUR", "1000.00 EUR")]
    [InlineData("commodity EUR\n", "1,5 EUR", "1.50 EUR")]
    [InlineData("commodity $1.000,00\n", "1.000 EUR", "1.00 EUR")]
    [InlineData("D 1.000,00 EUR\n", "1.000", "1000.00 EUR")]
    [InlineData("D $1,000.00\n", "5", "5.00 USD")]
    [InlineData("D 1.000,00 $\n", "1.000 EUR", "1000.00 EUR")]
    [InlineData("commodity 1,000.00 EUR\ndecimal-mark ,\n", "1.000 EUR", "1000.00 EUR")]
    [InlineData("commodity 1.0000 VT\n", "5 VT", "5.0000 VT/4")]
    public void A_declaration_says_what_a_mark_means(string declaration, string amount, string balance) =>
        Assert.Equal($"a {balance}, b -{balance}", Reading.Balances($"{declaration}2024-01-01 x\n  a  {amount}\n  b\n"));

    [Theory]
    [InlineData("2024-01-02")]
    [InlineData("2024/1/2")]
    [InlineData("2024.01.2")]
    [InlineData("2024-01-02=2024-01-05")]
    [InlineData("2024-01-02 = 1/5")]
    [InlineData("2024-01-02 * (code) payee | note")]
    [InlineData("2024-01-02 ! pending")]
    [InlineData("2024-01-02 x ; tag:value, other:")]
    [InlineData("Y2024\n1/2")]
    [InlineData("Y 2024  ; so\n01-02 x")]
    [InlineData("year 2024\n1.2 x")]
    [InlineData("apply year 2024\n1/2 x")]
    [InlineData("Y2023\nY2024\n1/2 x")]
    public void A_first_line_is_read(string line) =>
        Assert.Equal(new DateOnly(2024, 1, 2), Assert.Single(Reading.Plan($"{line}\n  a  1 EUR\n  b\n").Transfers).EffectiveDate);

    [Theory]
    [InlineData("; c\n# c\n* c\n  ; c\n\n   \n")]
    [InlineData("comment\n2024-01-01 x\n  a  9 EUR\n  b\nend comment\n")]
    [InlineData("account a:b  ; type: A\n  anything at all\n  ; more\n")]
    [InlineData("account a ; one space: a part of the name\n")]
    [InlineData("payee The Shop  ; c\n  ; c\ntag when\n")]
    [InlineData("P 2024-01-01 EUR $1.35 ; c\nP 1/1 12:30 \"a b\" 2 EUR\n")]
    [InlineData("N $\nC 1.00 Kb = 1024 b\n!account x\n")]
    [InlineData("commodity \"green apples\" 1.\n")]
    public void What_moves_no_money_is_read_over(string lines) =>
        Assert.Equal("a 1.00 EUR, b -1.00 EUR", Reading.Balances($"{lines}2024-01-01 x\n  a  1 EUR\n  b\n{lines}"));

    [Theory]
    [InlineData("  ! a  1 EUR\n  * b\n")]
    [InlineData("\ta  1 EUR ; date:2024-01-01\n\tb  ; [=3/1] and date2:2024-05-06\n")]
    [InlineData(" ; about all\n a  1 EUR\n   ; about a\n b\n")]
    [InlineData("  a\t\t1 EUR  \n  b  \n")]
    [InlineData("  b\n  a  1 EUR\n")]
    [InlineData("  a  1 EUR\n  b  -1 EUR\n")]
    [InlineData("  a  1.00 EUR = 1 EUR\n  b  =-1 EUR\n")]
    [InlineData("  a  1 EUR == 1 EUR\n  b  -1 EUR =* -1 EUR\n  c  0 ==* 0\n")]
    [InlineData("  a  = 1 EUR\n  b\n")]
    [InlineData("  a  3 EUR\n  a  == 1 EUR\n  b  -1 EUR\n")]
    public void Postings_are_read(string postings) =>
        Assert.Equal("a 1.00 EUR, b -1.00 EUR", Reading.Balances($"2024-01-01 x\n{postings}"));

    [Theory]
    [InlineData("a  10 VT @ $2", "a 10 VT/0, b -20.00 USD, equity:conversion 20.00 USD, equity:conversion -10 VT/0")]
    [InlineData("a  10 VT@@$20", "a 10 VT/0, b -20.00 USD, equity:conversion 20.00 USD, equity:conversion -10 VT/0")]
    [InlineData("a  10 VT {$1} (@) $2 [2024-01-01] = 10 VT",
        "a 10 VT/0, b -20.00 USD, equity:conversion 20.00 USD, equity:conversion -10 VT/0")]
    [InlineData("a  -10 VT @@ $20", "a -10 VT/0, b 20.00 USD, equity:conversion -20.00 USD, equity:conversion 10 VT/0")]
    [InlineData("a  = 10 VT @ $2", "a 10 VT/0, b -20.00 USD, equity:conversion 20.00 USD, equity:conversion -10 VT/0")]
    [InlineData("a  3.5 VT @ $1.333", "a 3.5 VT/1, b -4.67 USD, equity:conversion 4.67 USD, equity:conversion -3.5 VT/1")]
    [InlineData("a  10 VT\n  c  $5", "a 10 VT/0, b -5.00 USD, b -10 VT/0, c 5.00 USD")]
    public void Each_commodity_is_posted_as_it_is_and_the_difference_is_a_conversion(string posting, string balances) =>
        Assert.Equal(balances, Reading.Balances($"2024-01-01 x\n  {posting}\n  b\n"));

    [Fact]
    public void Two_commodities_without_a_cost_are_an_exchange() =>
        Assert.Equal(
            "a 10 VT/0, b -20.00 USD, equity:conversion 20.00 USD, equity:conversion -10 VT/0",
            Reading.Balances("2024-01-01 x\n  a  10 VT\n  b  $-20\n"));

    [Theory]
    [InlineData("commodity $1000.00\n", "$-1.005")]
    [InlineData("commodity $1000.\n", "$-1.4")]
    [InlineData("D $1000.00\n", "$-1.00")]
    public void A_transaction_balances_up_to_the_decimals_of_its_commodity(string declaration, string amount) =>
        Assert.NotEmpty(Reading.Plan($"{declaration}2024-01-01 x\n  a  $1.00\n  b  {amount}\n").Transfers);

    [Fact]
    public void Names_hold_single_spaces_and_letters_of_any_script() =>
        Assert.Equal(
            "expenses:food & drink 1.00 EUR, संपत्ति:बैंक खाता -1.00 EUR",
            Reading.Balances("2024-01-01 x\n  expenses:food & drink  1 EUR\n  संपत्ति:बैंक खाता\n"));

    [Fact]
    public void Lines_may_end_in_either_way_and_the_file_may_begin_with_a_mark() =>
        Assert.Equal("a 1.00 EUR, b -1.00 EUR", Reading.Balances("\ufeff2024-01-01 x\r\n  a  1 EUR\r\n  b"));

    [Fact]
    public void Assertions_are_checked_by_date_and_assignments_see_what_was_inferred() =>
        Assert.Equal(
            "a 5.00 EUR, b 3.00 EUR, c -8.00 EUR",
            Reading.Balances(
                "2024-01-02 y\n  b  = 3 EUR\n  c\n\n2024-01-03 z\n  c  0 EUR = -8 EUR\n  d\n\n"
                + "2024-01-01 x\n  a  5 EUR\n  b\n"));

    [Fact]
    public void An_inclusive_total_assignment_counts_subaccounts_and_all_commodities() =>
        Assert.Equal(
            "a 15 X/0, a -5 Y/0, a:s 5 X/0, a:t 5 Y/0, b -15 X/0, b -5 Y/0, c -5 X/0, c 5 Y/0",
            Reading.Balances("2024-01-01\n a  10 X\n a:s  5 X\n a:t  5 Y\n b\n\n2024-01-02\n a  ==* 20 X\n c\n"));

    [Fact]
    public void The_memo_is_code_and_description_and_what_moves_nothing_is_skipped()
    {
        var plan = Reading.Plan(
            "2024-01-01 * (42) Shop | cake ; c\n  a  1 EUR\n  b\n\n2024-01-02\n  a  1 EUR\n  b\n\n"
            + "2024-01-03 none\n\n2024-01-04 zero\n  a  0\n  b\n");
        Assert.Equal(["(42) Shop | cake", null], plan.Transfers.Select(transfer => transfer.Command.Memo));
        Assert.Equal(2, plan.Skipped);
    }
}
