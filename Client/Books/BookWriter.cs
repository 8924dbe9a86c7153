using System.Globalization;
using System.Text.Json;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Client.Books;

/// <summary>
/// Writes a book that hledger reads. A commodity's symbol is the asset's code where no other asset of the ledger has it, else
/// the asset's whole text (<c>"USD/4"</c>); in quotes where hledger needs them.
/// </summary>
internal sealed class BookWriter(TextWriter writer, IReadOnlyCollection<Asset> assets)
{
    /// <summary>The account on the other side of deposits and withdrawals.</summary>
    public const string WorldAccount = "equity:world";

    /// <summary>Writes what stands above all entries.</summary>
    /// <param name="cut">The read tokens up to which the book goes.</param>
    public async Task Head(IReadOnlyList<string> cut)
    {
        await writer.WriteLineAsync($"; Exported from the ledger. The outside world is {WorldAccount}.");
        await writer.WriteLineAsync($"; It holds the log up to {string.Join(' ', cut)}, without transfers under way.");
        await writer.WriteLineAsync("\ndecimal-mark .\n");
        foreach (var asset in assets.OrderBy(asset => asset.ToString(), StringComparer.Ordinal))
            await writer.WriteLineAsync($"commodity 1000.{new string('0', asset.Scale)} {Symbol(asset)}");
        await writer.WriteLineAsync($"\naccount {WorldAccount}");
    }

    /// <summary>Declares an account.</summary>
    public Task Account(string id) => writer.WriteLineAsync($"account {AccountNames.ToBook(id)}");

    /// <summary>Writes a deposit or withdrawal.</summary>
    public async Task AcrossTheBorder(HistoryEntry entry)
    {
        using var content = JsonDocument.Parse(entry.Content);
        var amount = Amount(content.RootElement.GetProperty("amount"));
        var incoming = entry.Type == "account.deposited" ? amount : -amount;
        await Transaction(entry, entry.Token, content.RootElement, [(KeyOf(entry), incoming), (WorldAccount, -incoming)]);
    }

    /// <summary>Writes a transfer.</summary>
    /// <param name="created">Its creation.</param>
    public async Task Transfer(HistoryEntry created)
    {
        using var content = JsonDocument.Parse(created.Content);
        var postings = content.RootElement.GetProperty("postings").EnumerateArray()
            .Select(posting => (posting.GetProperty("accountId").GetString()!, Amount(posting.GetProperty("amount"))));
        await Transaction(created, KeyOf(created), content.RootElement, postings);
    }

    private async Task Transaction(
        HistoryEntry entry, string code, JsonElement content, IEnumerable<(string Account, Money Amount)> postings)
    {
        var date = entry.EffectiveDate.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        await writer.WriteLineAsync($"\n{date} * ({code}) {Description(content)}".TrimEnd());
        foreach (var (account, amount) in postings)
            await writer.WriteLineAsync($"    {AccountNames.ToBook(account)}  {amount.ToDecimalText()} {Symbol(amount.Asset)}");
    }

    private string Symbol(Asset asset)
    {
        var isAlone = Asset.IsoScale(asset.Code) is { } iso
            ? iso == asset.Scale
            : assets.Count(other => other.Code == asset.Code) == 1 && assets.Contains(asset);
        var symbol = isAlone ? asset.Code : $"{asset.Code}/{asset.Scale}";
        return symbol.All(char.IsLetter) ? symbol : $"\"{symbol}\"";
    }

    // A semicolon would begin a comment; there is no way to write one, so a look-alike stands for it.
    private static string Description(JsonElement content)
    {
        var memo = content.TryGetProperty("memo", out var text) ? text.GetString() ?? "" : "";
        return string.Concat(memo.Select(c => c == ';' ? '；' : char.IsControl(c) || char.IsSeparator(c) ? ' ' : c)).Trim();
    }

    // As it stands in the log, "1.23 EUR": its decimals are the asset's.
    private static Money Amount(JsonElement element)
    {
        var text = element.GetString()!;
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var point = text.IndexOf('.', 0, space);
        return Money.Parse(text[..space], new Asset(text[(space + 1)..], point < 0 ? 0 : space - point - 1));
    }

    private static string KeyOf(HistoryEntry entry) =>
        entry.Journal[(entry.Journal.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
