using System.Text;

namespace OrleansEs.Ledger;

/// <summary>The form of free text: owners and memos. Any language, bounded, and nothing that a terminal would obey.</summary>
public static class LedgerText
{
    /// <summary>The most characters an owner's name may have.</summary>
    public const int OwnerLengthMax = 200;

    /// <summary>The most characters a memo may have.</summary>
    public const int MemoLengthMax = 500;

    /// <summary>Why the text is no owner's name; null when it is one.</summary>
    public static string? OwnerRefusal(string text) =>
        string.IsNullOrWhiteSpace(text) ? "An owner's name must not be blank." : TextRefusal("owner", text, OwnerLengthMax);

    /// <summary>Why the text is no memo; null when it is one. No memo at all is a memo.</summary>
    public static string? MemoRefusal(string? text) => text is null ? null : TextRefusal("memo", text, MemoLengthMax);

    /// <summary>A text as messages show it: at most 40 characters, and a dot for what cannot be shown.</summary>
    public static string Shown(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= 40)
                return shown.Append('…').ToString();
            shown.Append(Rune.IsControl(rune) ? "·" : rune.ToString());
        }
        return shown.ToString();
    }

    private static string? TextRefusal(string what, string text, int lengthMax)
    {
        if (text.Length > lengthMax)
            return $"The {what} has {text.Length} characters; at most {lengthMax} are allowed.";
        for (var at = 0; at < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune))
                return $"The {what} '{Shown(text)}' holds half a character at {at + 1}.";
            if (Rune.IsControl(rune))
                return $"The {what} '{Shown(text)}' holds a control character (U+{rune.Value:X4}).";
            at += rune.Utf16SequenceLength;
        }
        return null;
    }
}
