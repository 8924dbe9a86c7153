using System.Globalization;
using System.Text;

namespace OrleansEs.Ledger;

/// <summary>
/// The grammar of account and transfer ids: 1 to 128 characters; letters of any script with their combining marks, digits,
/// and <c>space : . _ - &amp;</c>; case-sensitive; no leading or trailing space.
/// </summary>
public static class LedgerId
{
    /// <summary>The most characters an id may have.</summary>
    public const int LengthMax = 128;

    /// <summary>True when the text is an id; else the reason says what is wrong with it, naming the text.</summary>
    /// <param name="text">The text, as it came in.</param>
    /// <param name="reason">Why it is no id; empty when it is one.</param>
    public static bool TryParse(string? text, out string reason)
    {
        reason = "";
        if (string.IsNullOrEmpty(text))
            reason = "An id must not be empty.";
        else if (text.Length > LengthMax)
            reason = $"'{LedgerText.Shown(text)}' has {text.Length} characters; an id has at most {LengthMax}.";
        else if (text[0] == ' ' || text[^1] == ' ')
            reason = $"'{LedgerText.Shown(text)}' begins or ends with a space; an id does not.";
        else if (FirstForbidden(text) is { } forbidden)
            reason = $"'{LedgerText.Shown(text)}' holds {forbidden}; an id holds letters, digits, spaces and : . _ - & only.";
        return reason.Length == 0;
    }

    private static string? FirstForbidden(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsAllowed(rune))
                continue;
            var code = string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}");
            return Rune.IsControl(rune) || rune == Rune.ReplacementChar ? code : $"'{rune}' ({code})";
        }
        return null;
    }

    // A combining mark is part of the letter before it: without marks most Indian scripts cannot be written at all.
    private static bool IsAllowed(Rune rune) =>
        Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        || rune.Value is ' ' or ':' or '.' or '_' or '-' or '&';
}
