using System.Globalization;
using OrleansEs.Client.Books;

namespace OrleansEs.Specs.Books;

/// <summary>What is refused, with the line and a word of what it is. Nothing is written then, for there is no plan.</summary>
public sealed class BookRefusalSpecs
{
    private const string Good = "2024-01-01 x\n  a  1 EUR\n  b\n\n";

    [Theory]
    // Constructs that we do not support.
    [InlineData("include other.journal\n", 5, "'include'")]
    [InlineData("!include other.journal\n", 5, "'include'")]
    [InlineData("= expenses\n  (budget)  *-1\n", 5, "automated posting rule")]
    [InlineData("~ monthly\n  a  1 EUR\n  b\n", 5, "periodic")]
    [InlineData("alias a = b\n", 5, "alias")]
    [InlineData("end aliases\n", 5, "alias")]
    [InlineData("apply account x\n", 5, "'apply account'")]
    [InlineData("end apply account\n", 5, "'apply account'")]
    [InlineData("apply tag x\n", 5, "'apply'")]
    [InlineData("end comment\n", 5, "'end comment'")]
    [InlineData("end apply year\n", 5, "'end apply year'")]
    [InlineData("i 2024-01-01 09:00:00 work\n", 5, "time clock")]
    [InlineData("o 2024-01-01 10:00:00\n", 5, "time clock")]
    [InlineData("bucket a\n", 5, "'bucket'")]
    [InlineData("--command-line\n", 5, "'--command-line'")]
    [InlineData("2024-01-02 x\n  a  1 EUR\n  (v)  1 EUR\n  b\n", 7, "virtual posting ('(v)')")]
    [InlineData("2024-01-02 x\n  a  1 EUR\n  ! [v]  1 EUR\n  b\n", 7, "virtual posting ('[v]')")]
    [InlineData("2024-01-02 x\n  a  1 EUR ; date:2024-01-09\n  b\n", 6, "posting date")]
    [InlineData("2024-01-02 x\n  a  1 EUR\n  ; see [1/9]\n  b\n", 7, "posting date")]
    // Dates.
    [InlineData("1/2 x\n  a  1 EUR\n  b\n", 5, "no year")]
    [InlineData("2024-02-30 x\n  a  1 EUR\n  b\n", 5, "'2024-02-30' is no day")]
    [InlineData("2024-13-01 x\n  a  1 EUR\n  b\n", 5, "no day")]
    [InlineData("2024-01/02 x\n  a  1 EUR\n  b\n", 5, "same separator")]
    [InlineData("2024-01-02x\n  a  1 EUR\n  b\n", 5, "'x' stands where a space")]
    [InlineData("2024-01-02=\n  a  1 EUR\n  b\n", 5, "a date such as")]
    [InlineData("99999999999-01-02\n", 5, "no day")]
    [InlineData("20\n", 5, "a date such as")]
    [InlineData("Y24\n", 5, "no year")]
    [InlineData("2024-01-02 x\n  a  1 EUR ; date:\n  b\n", 6, "a date such as")]
    [InlineData("2024-01-02 x\n  a  1 EUR ; date2:soon\n  b\n", 6, "a date such as")]
    [InlineData("2024-01-02 (no end\n  a  1 EUR\n  b\n", 5, "')' after the code")]
    // Numbers and amounts.
    [InlineData("2024-01-02 x\n  a  1.2,3.4 EUR\n  b\n", 6, "decimal mark already")]
    [InlineData("2024-01-02 x\n  a  1.5 000 EUR\n  b\n", 6, "decimal mark already")]
    [InlineData("2024-01-02 x\n  a  1,000.5E3 EUR\n  b\n", 6, "exponent")]
    [InlineData("2024-01-02 x\n  a  1E999 EUR\n  b\n", 6, "exponent is beyond")]
    [InlineData("2024-01-02 x\n  a  --5 EUR\n  b\n", 6, "a number")]
    [InlineData("2024-01-02 x\n  a  5 EUR 6\n  b\n", 6, "the end of the posting")]
    [InlineData("2024-01-02 x\n  a  5 EUR2\n  b\n", 6, "the end of the posting")]
    [InlineData("2024-01-02 x\n  a  5 \"no end\n  b\n", 6, "quoted commodity symbol")]
    [InlineData("2024-01-02 x\n  a  5 EUR @\n  b\n", 6, "a number")]
    [InlineData("2024-01-02 x\n  a  5 EUR {2 USD\n  b\n", 6, "the end of the lot price")]
    [InlineData("2024-01-02 x\n  a  5 EUR [2024-01-01\n  b\n", 6, "']' after the lot's date")]
    [InlineData("2024-01-02 x\n  a  5 EUR =\n  b\n", 6, "a number")]
    [InlineData("2024-01-02 x\n  a  5 EUR =*= 5 EUR\n  b\n", 6, "a number")]
    [InlineData("2024-01-02 x\n  a  9999999999999999999 EUR\n  b\n", 6, "too large")]
    [InlineData("2024-01-02 x\n  a  0.0123456789 BTC\n  b\n", 6, "needs 10 decimals")]
    // Directives that are not as they must be.
    [InlineData("decimal-mark ;\n", 5, "'.' or ','")]
    [InlineData("commodity 1000 EUR\n", 5, "decimal mark")]
    [InlineData("D 1000 EUR\n", 5, "decimal mark")]
    [InlineData("commodity\n", 5, "a commodity")]
    [InlineData("commodity EUR\n  format 1.00 USD\n", 6, "the commodity is 'EUR'")]
    [InlineData("commodity EUR\n  note x\n", 6, "'format'")]
    [InlineData("account\n", 5, "an account name")]
    [InlineData("account a  type:A\n", 5, "a comment")]
    [InlineData("payee\n", 5, "payee")]
    [InlineData("P 2024-01-01 EUR\n", 5, "a number")]
    [InlineData("comment\nend comment now\n", 6, "'end comment'")]
    [InlineData("  a  1 EUR\n", 5, "belongs to no entry")]
    // Balance.
    [InlineData("2024-01-02 x\n  a  1 EUR\n  b  -2 EUR\n", 5, "sum to -1 EUR")]
    [InlineData("2024-01-02 x\n  a  1 EUR\n  b  1 USD\n", 5, "does not balance")]
    [InlineData("2024-01-02 x\n  a  $1\n  b  $-1.001\n", 5, "sum to -0.001 $")]
    [InlineData("2024-01-02 x\n  a  1 VT @ $2\n  b  -3 USD\n", 5, "does not balance")]
    [InlineData("2024-01-02 x\n  a  1 EUR\n  b\n  c\n", 8, "a second posting")]
    [InlineData("2024-01-02 x\n  a 1 EUR\n  b\n", 7, "a second posting")]
    [InlineData("2024-01-02 x\n  a  1 EUR = 3 EUR\n  b\n", 6, "'a' has 2 EUR, and 3 EUR is asserted")]
    [InlineData("2024-01-02 x\n  a  1 $ == 1 $\n  b\n", 6, "'a' has 1 EUR, and 0 EUR is asserted")]
    [InlineData("2024-01-02 x\n  a:s  1 EUR\n  a  0 =* 1 EUR\n  b\n", 7, "with its subaccounts has 2 EUR")]
    [InlineData("2023-12-31 x\n  a  1 EUR = 2 EUR\n  b\n", 6, "'a' has 1 EUR")]
    // Names.
    [InlineData("2024-01-02 x\n  Joe's  1 EUR\n  b\n", 6, "'''")]
    [InlineData("2024-01-02 x\n  a ; c\n  b  1 EUR\n", 6, "';'")]
    [InlineData("2024-01-02 x\n  a  5 \"green apples\"\n  b\n", 6, "'green apples' cannot be")]
    [InlineData("2024-01-02 x\n  a  5 €/h\n  b\n", 6, "'€/h' cannot be")]
    public void A_line_is_refused_by_its_number(string lines, int line, string word)
    {
        var error = Reading.Error(Good + lines);
        Assert.Equal(("my.journal", line), (error.File, error.Line));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_lines_that_are_wrong_are_named_at_once()
    {
        var (book, errors) = BookParser.Parse("include x\n" + Good + "= y\n  a  *2\n~ z\n", "my.journal");
        Assert.Null(book);
        Assert.Equal([1, 6, 8], errors.Select(error => error.Line));
        Assert.StartsWith("my.journal:6: an automated posting rule", errors[1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_file_of_another_kind_not_every_line_is_named() =>
        Assert.Equal(20, BookParser.Parse(string.Concat(Enumerable.Repeat("<html>\n", 1_000)), "x").Errors.Count);

    [Fact]
    public void A_transaction_of_more_than_1000_postings_is_refused()
    {
        var postings = string.Concat(Enumerable.Range(0, 1_000).Select(
            i => string.Create(CultureInfo.InvariantCulture, $"  a{i}  1 EUR\n")));
        Assert.Contains("1001 postings", Reading.Error($"2024-01-01\n{postings}  b\n").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$")]
    [InlineData("=")]
    [InlineData("$=")]
    [InlineData("$=U$D")]
    [InlineData("$=USD/10")]
    public void An_option_that_maps_no_commodity_is_refused(string option) =>
        Assert.Contains(
            "$=USD", Assert.Throws<FormatException>(() => AssetOptions.Parse([option])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_commodity_mapped_twice_is_refused() =>
        Assert.Throws<FormatException>(() => AssetOptions.Parse(["$=USD", "$=CAD"]));

    [Fact]
    public void An_amount_with_more_decimals_than_its_option_allows_is_refused()
    {
        var error = Reading.Error("2024-01-01\n  a  $1.234\n  b\n", "$=USD/2");
        Assert.Equal(2, error.Line);
        Assert.Contains("needs 3 decimals", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_amount_that_follows_from_a_cost_and_needs_more_decimals_than_there_are_is_refused()
    {
        var error = Reading.Error("2024-01-01\n  a  0.00001 VT @ 0.00001 X\n  b\n");
        Assert.Equal(3, error.Line);
        Assert.Equal("--asset 'X=X/9' rounds what follows from costs.", error.Remedy);
    }
}
