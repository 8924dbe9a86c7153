using System.Globalization;
using OrleansEs.Ledger;

namespace OrleansEs.Specs.Ledger;

/// <summary>The forms of amounts, assets, ids and texts, and what is none.</summary>
public sealed class ValueSpecs
{
    private static readonly Asset Eur = Asset.Parse("EUR");

    [Theory]
    [InlineData("12", 12_00)]
    [InlineData("0", 0)]
    [InlineData("0.5", 50)]
    [InlineData("-0.01", -1)]
    [InlineData("007.10", 7_10)]
    [InlineData("92233720368547758.07", long.MaxValue)]
    [InlineData("-92233720368547758.08", long.MinValue)]
    public void An_amount_is_decimal_text(string text, long cents)
    {
        Assert.Equal(new Money(cents, Eur), Money.Parse(text, Eur));
        Assert.Equal(new Money(cents, Eur), Money.Parse(Money.Parse(text, Eur).ToDecimalText(), Eur));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("+1")]
    [InlineData("--1")]
    [InlineData("-")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("1e9")]
    [InlineData("1E9")]
    [InlineData("1,5")]
    [InlineData("1.234")]
    [InlineData("1.001")]
    [InlineData("1.2.3")]
    [InlineData("0x10")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-0")]
    [InlineData("-0.00")]
    [InlineData("١٢")]
    [InlineData("1\n")]
    [InlineData("'; drop table log_event")]
    [InlineData("92233720368547758.08")]
    [InlineData("-92233720368547758.09")]
    [InlineData("1234567890123456789012345678901234567890")]
    public void What_is_no_amount_is_refused_with_a_reason(string? text)
    {
        Assert.False(Money.TryParse(text, Eur, out _, out var reason));
        Assert.Contains(".", reason, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => Money.Parse(text!, Eur));
    }

    [Fact]
    public void An_amount_of_an_asset_without_decimals_has_no_point()
    {
        Assert.Equal("12 JPY", Money.Parse("12", Asset.Parse("JPY")).ToString());
        Assert.False(Money.TryParse("12.0", Asset.Parse("JPY"), out _, out _));
    }

    [Fact]
    public void Sums_are_checked()
    {
        Assert.Throws<OverflowException>(() => new Money(long.MaxValue, Eur) + new Money(1, Eur));
        Assert.Throws<OverflowException>(() => -new Money(long.MinValue, Eur));
        Assert.Throws<InvalidOperationException>(() => new Money(1, Eur) + new Money(1, Asset.Parse("USD")));
    }

    [Theory]
    [InlineData("EUR", "EUR", 2)]
    [InlineData("JPY", "JPY", 0)]
    [InlineData("KWD", "KWD", 3)]
    [InlineData("VBMPX/3", "VBMPX", 3)]
    [InlineData("EUR/3", "EUR", 3)]
    [InlineData("a-b.c_1/9", "a-b.c_1", 9)]
    [InlineData("золото/0", "золото", 0)]
    public void An_asset_is_a_currency_or_a_code_with_its_scale(string text, string code, int scale)
    {
        var asset = Asset.Parse(text);
        Assert.Equal(new Asset(code, scale), asset);
        Assert.Equal(text, asset.ToString());
        Assert.True(asset.IsValid);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/2")]
    [InlineData("GOLD")]
    [InlineData("eur")]
    [InlineData("GOLD/")]
    [InlineData("GOLD/10")]
    [InlineData("GOLD/-1")]
    [InlineData("GOLD/2/3")]
    [InlineData("1GOLD/2")]
    [InlineData("G D/2")]
    [InlineData("$")]
    [InlineData("$/2")]
    [InlineData("A234567890123456789012345678901234/2")]
    public void What_is_no_asset_is_refused_with_a_reason(string? text)
    {
        Assert.False(Asset.TryParse(text, out _, out var reason));
        Assert.Contains(".", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("Assets:Bank & Co: Giro-1_2.3")]
    [InlineData("Активы:Банк")]
    [InlineData("資産:現金")]
    [InlineData("खाता")]
    [InlineData("𐐷")]
    [InlineData("7")]
    public void An_id_has_letters_of_any_script(string id) => Assert.True(LedgerId.TryParse(id, out _));

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("", "empty")]
    [InlineData(" alice", "space")]
    [InlineData("alice ", "space")]
    [InlineData("a/b", "'/' (U+002F)")]
    [InlineData("a'b", "U+0027")]
    [InlineData("a\"; drop table", "U+0022")]
    [InlineData("a\tb", "U+0009")]
    [InlineData("a\u0000b", "U+0000")]
    [InlineData("a\u00A0b", "U+00A0")]
    [InlineData("a\u202Eb", "U+202E")]
    [InlineData("😀", "U+1F600")]
    [InlineData("a%b", "U+0025")]
    public void What_is_no_id_is_refused_and_the_character_named(string? id, string named)
    {
        Assert.False(LedgerId.TryParse(id, out var reason));
        Assert.Contains(named, reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_has_at_most_128_characters_and_no_half_of_one()
    {
        Assert.True(LedgerId.TryParse(new string('x', 128), out _));
        Assert.False(LedgerId.TryParse(new string('x', 129), out var reason));
        Assert.Contains(129.ToString(CultureInfo.InvariantCulture), reason, StringComparison.Ordinal);
        Assert.False(LedgerId.TryParse("a\uD83D", out _));
    }

    [Fact]
    public void Texts_are_bounded_and_hold_no_control_characters()
    {
        Assert.Null(LedgerText.MemoRefusal(null));
        Assert.Null(LedgerText.MemoRefusal("Miete März 🏠"));
        Assert.Null(LedgerText.MemoRefusal(new string('x', 500)));
        Assert.NotNull(LedgerText.MemoRefusal(new string('x', 501)));
        Assert.NotNull(LedgerText.MemoRefusal("a\u001Bb"));
        Assert.NotNull(LedgerText.MemoRefusal("a\uDC00"));
        Assert.NotNull(LedgerText.OwnerRefusal(" "));
        Assert.NotNull(LedgerText.OwnerRefusal(new string('x', 201)));
    }
}
