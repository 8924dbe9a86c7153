using System.Buffers.Text;
using System.Text.Json;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Grains.Queries;

// Where a page ended: which query it belongs to, and the sort keys of its last row. Opaque outside; checked on its way
// back in, since it comes from a stranger.
internal static class Cursor
{
    private const int LengthMax = 4_096;

    public static string Write(string query, params string[] keys)
    {
        string[] parts = [query, .. keys];
        return Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(parts, LedgerJson.Frozen.StringArray));
    }

    // Null for no cursor.
    public static string[]? Read(string? cursor, string query, int keyCount)
    {
        if (cursor is null)
            return null;
        var parts = Parts(cursor);
        if (parts is null || parts.Length != keyCount + 1 || parts[0] != query || parts.Contains(null))
            throw new InvalidQueryException(
                $"The cursor '{LedgerText.Shown(cursor)}' does not belong to this query; "
                + "take the one that the page before it gave, with the same sort.");
        return parts[1..];
    }

    public static long Number(string key) =>
        long.TryParse(key, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidQueryException("The cursor is damaged; begin again without one.");

    private static string[]? Parts(string cursor)
    {
        if (cursor.Length > LengthMax || !Base64Url.IsValid(cursor))
            return null;
        try
        {
            return JsonSerializer.Deserialize(Base64Url.DecodeFromChars(cursor), LedgerJson.Frozen.StringArray);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
