using System.Globalization;
using System.Text;
using OrleansEs.Grains.Queries;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Specs.Ledger;

/// <summary>Exact sums, and what queries refuse before they touch a database.</summary>
public sealed class QuerySpecs
{
    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("4294967296")]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    [InlineData("9223372036854775807000000")]
    [InlineData("-9223372036854775808000000")]
    public void A_sum_is_split_into_two_columns_and_put_together_again(string text)
    {
        var sum = Int128.Parse(text, CultureInfo.InvariantCulture);
        var (high, low) = WideSum.Split(sum);
        Assert.InRange(low, 0, uint.MaxValue);
        Assert.Equal(sum, WideSum.Of(high, low));
    }

    [Theory]
    [InlineData(5, 2, 2)]
    [InlineData(7, 2, 4)]
    [InlineData(-5, 2, -2)]
    [InlineData(-7, 2, -4)]
    [InlineData(8, 3, 3)]
    [InlineData(7, 3, 2)]
    [InlineData(-8, 3, -3)]
    [InlineData(0, 3, 0)]
    public void An_average_rounds_half_to_even(long sum, long count, long average) =>
        Assert.Equal(average, TotalsQueries.Average(sum, count));

    [Theory]
    [InlineData("140", "EUR", "1.40")]
    [InlineData("-5", "EUR", "-0.05")]
    [InlineData("7", "JPY", "7")]
    [InlineData("79228162514264337593543950335", "VBMPX/9", "79228162514264337593.543950335")]
    public void Whole_units_keep_all_decimals(string minorUnits, string asset, string text) => Assert.Equal(
        text,
        TotalsQueries.WholeUnits(Int128.Parse(minorUnits, CultureInfo.InvariantCulture), Asset.Parse(asset))
            .ToString(CultureInfo.InvariantCulture));

    public static TheoryData<Action> Wrong => new()
    {
        () => AccountQueries.Check(new AccountsQuery { Sort = "balance" }),
        () => AccountQueries.Check(new AccountsQuery { Sort = "id; drop table log_event" }),
        () => AccountQueries.Check(new AccountsQuery { BalanceMin = 1 }),
        () => AccountQueries.Check(new AccountsQuery { Take = 0 }),
        () => AccountQueries.Check(new AccountsQuery { Take = 1_001 }),
        () => AccountQueries.Check(new AccountsQuery { Status = (AccountStatus)9 }),
        () => AccountQueries.Check(new AccountsQuery { Asset = new Asset("E R", 2) }),
        () => AccountQueries.Check(new AccountsQuery { After = "no cursor!" }),
        () => AccountQueries.Check(new AccountsQuery { After = Convert.ToBase64String(Encoding.UTF8.GetBytes("[1]")) }),
        () => AccountQueries.Check(new AccountsQuery { After = Cursor.Write("accounts id asc", "a") }),
        () => AccountQueries.Check(new AccountsQuery { After = Cursor.Write("accounts owner asc", "a", "b") }),
        () => AccountQueries.Check(
            new AccountsQuery { Sort = "version", After = Cursor.Write("accounts version asc", "x", "b") }),
        () => StatementQueries.Check(new StatementQuery("a/b", null, null, null)),
        () => StatementQueries.Check(new StatementQuery("a", null, new DateOnly(2026, 2, 1), new DateOnly(2026, 1, 1))),
        () => MonthTotalsQueries.Check(new TotalsQuery(TotalsBy.Asset) { AccountId = "a" }),
        () => MonthTotalsQueries.Check(new TotalsQuery(TotalsBy.Owner) { From = new DateOnly(2026, 2, 1) }),
        () => MonthTotalsQueries.Check(new TotalsQuery(TotalsBy.Month) { AccountId = "a/b" }),
        () => MonthTotalsQueries.Check(new TotalsQuery(TotalsBy.Month) { Asset = new Asset("E R", 2) }),
        () => MonthTotalsQueries.Check(
            new TotalsQuery(TotalsBy.Month) { From = new DateOnly(2026, 2, 1), To = new DateOnly(2026, 1, 1) }),
        () => TransferQueries.Check(new TransfersQuery(null, null, 10, null, TimeSpan.Zero)),
        () => TransferQueries.Check(new TransfersQuery(null, null, 10, null, TimeSpan.MaxValue)),
        () => TransferQueries.Check(new TransfersQuery((TransferStatus)77, null, 10, null)),
        () => TransferQueries.Check(new TransfersQuery(null, "", 10, null)),
        () => TransferQueries.Check(new TransfersQuery(null, null, 10, Cursor.Write("transfers", "x", "t"))),
        () => AuditQueries.Check(new AuditQuery { Take = -1 }),
        () => AuditQueries.Check(new AuditQuery { After = Cursor.Write("audit", "1", "2", "3.5") }),
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void A_wrong_query_is_refused_with_words(Action check) =>
        Assert.Contains(".", Assert.Throws<InvalidQueryException>(check).Message, StringComparison.Ordinal);

    [Fact]
    public void A_cursor_comes_back_as_it_went() =>
        Assert.Equal(
            ["ключ", "a b"],
            Cursor.Read(Cursor.Write("accounts id asc", "ключ", "a b"), "accounts id asc", keyCount: 2)!);
}
