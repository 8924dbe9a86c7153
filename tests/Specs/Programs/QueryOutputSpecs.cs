using System.Globalization;
using System.Text.Json;
using OrleansEs.Client;
using OrleansEs.Client.Cli;
using OrleansEs.Client.Json;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Specs.Programs;

/// <summary>What a query's verb says beside its rows, and how it reads an age.</summary>
public sealed class QueryOutputSpecs
{
    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "warning: 1 journal is parked, ")]
    [InlineData(2, "warning: 2 journals are parked, ")]
    public void People_are_warned_on_standard_error_when_something_is_parked(int parked, string words)
    {
        var (stdout, stderr) = (new StringWriter(), new StringWriter());
        FreshnessOption.WarnOfParked(new Output(stdout, stderr, json: false), parked, "accounts");

        Assert.Equal("", stdout.ToString());
        Assert.StartsWith(words, stderr.ToString(), StringComparison.Ordinal);
        Assert.Equal(parked > 0 ? 1 : 0, stderr.ToString().Count(character => character == '\n'));
        if (parked > 0)
            Assert.EndsWith(": readmodel quarantine list accounts", stderr.ToString().TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Programs_find_how_many_are_parked_in_the_document_and_nothing_beside_it()
    {
        var stderr = new StringWriter();
        FreshnessOption.WarnOfParked(new Output(new StringWriter(), stderr, json: true), 3, "accounts");
        Assert.Equal("", stderr.ToString());

        var answer = new Answer<Page<AccountView>>(new Page<AccountView>([], null), ["0:7"], Stale: false, Parked: 3);
        Assert.Equal(
            """{"items":[],"cursor":null,"positions":["0:7"],"stale":false,"parked":3}""",
            JsonSerializer.Serialize(Mapping.Of(answer, Mapping.Of), ClientJson.Plain.PageJsonAccountJson));
    }

    [Theory]
    [InlineData("1ms", "00:00:00.0010000")]
    [InlineData("90", "00:01:30")]
    [InlineData("10m", "00:10:00")]
    [InlineData("1.5h", "01:30:00")]
    [InlineData("2d", "2.00:00:00")]
    public void An_age_is_read(string text, string age) =>
        Assert.Equal(TimeSpan.Parse(age, CultureInfo.InvariantCulture), Input.Age("--older-than", text));

    [Theory]
    [InlineData("0m")]
    [InlineData("-1m")]
    [InlineData("4000d")]
    [InlineData("10y")]
    [InlineData("m")]
    [InlineData("")]
    public void What_is_no_age_is_refused_with_the_remedy(string text)
    {
        var refused = Assert.Throws<ClientException>(() => Input.Age("--older-than", text));
        Assert.Contains($"'{text}'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("10m", refused.Remedy, StringComparison.Ordinal);
    }
}
