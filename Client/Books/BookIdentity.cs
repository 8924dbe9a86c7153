using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OrleansEs.Client.Books;

/// <summary>
/// Gives each transaction of a book an id that is the same on every import: the hash of what it says, and which one of those
/// that say the same it is.
/// <para>
/// What it says is its date, code, description, and the accounts, amounts, costs and assigned balances as written. Not
/// counted are what people change later without meaning another transaction: status marks, comments, tags, assertions,
/// layout, the way numbers are grouped, and the place in the file. So a file that has grown brings only its new
/// transactions, and one that was sorted or tidied up brings nothing.
/// </para>
/// <para>
/// What follows from other lines (an assigned balance, a mapped asset) is not counted either. If it has changed, the id is
/// the old one and the ledger refuses it, for a transfer of that id exists with other postings: better a refusal that names
/// the line than a second posting of the same transaction. The name of the file is not counted: two files that hold the same
/// transaction hold one transaction, so that a book can be renamed, split and joined.
/// </para>
/// </summary>
internal sealed class BookIdentity
{
    private readonly Dictionary<string, int> _occurrences = new(StringComparer.Ordinal);

    /// <summary>The transfer id of the next transaction in file order.</summary>
    public string Next(BookTransaction transaction)
    {
        var hash = Convert.ToHexStringLower(Hash(Said(transaction)).AsSpan(0, 12));
        var occurrence = _occurrences[hash] = _occurrences.GetValueOrDefault(hash) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"import-{hash}-{occurrence}");
    }

    /// <summary>A command id that follows from what the command is about.</summary>
    /// <param name="about">What it is about, such as <c>account</c> and its id: equal texts, equal ids.</param>
    public static Guid CommandId(params ReadOnlySpan<string> about)
    {
        var bytes = Hash(["import", .. about]).AsSpan(0, 16);
        // The marks of a version 8 UUID: "made by a rule of one's own".
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static List<string> Said(BookTransaction transaction)
    {
        List<string> said =
        [
            transaction.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            transaction.Code ?? "",
            transaction.Description,
        ];
        foreach (var posting in transaction.Postings)
        {
            said.Add(posting.Account);
            if (posting.Amount is { } amount)
                said.Add(Said(amount));
            else if (posting.Assertion is { } assigned)
                said.Add($"={(assigned.IsTotal ? "=" : "")}{(assigned.IsInclusive ? "*" : "")}{Said(assigned.Balance)}");
            else
                said.Add("");
        }
        return said;
    }

    private static string Said(BookAmount amount)
    {
        var said = $"{amount.Quantity.Canonical()} {amount.Commodity}";
        return amount.Cost is { } cost ? $"{said} {(cost.IsTotal ? "@@" : "@")} {Said(cost.Price)}" : said;
    }

    // Each part with its length, so that no two lists make the same text.
    private static byte[] Hash(IEnumerable<string> parts) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(parts.Select(part => $"{part.Length}:{part},"))));
}
