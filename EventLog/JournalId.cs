using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.IO.Hashing;

namespace OrleansEs.EventLog;

/// <summary>
/// The name of a journal, <c>&lt;type&gt;/&lt;key&gt;</c> (<c>account/alice</c>): the events of one aggregate.
/// The type is what stands before the first slash; the key may hold further slashes.
/// </summary>
[GenerateSerializer, Immutable, Alias("eventlog.journal-id")]
public readonly record struct JournalId
{
    /// <summary>The most characters a journal id may have.</summary>
    public const int LengthMax = 512;

    [Id(0)]
    private readonly string? _value;

    private JournalId(string value) => _value = value;

    /// <summary>The whole name. Empty only for <c>default</c>.</summary>
    public string Value => _value ?? "";

    /// <summary>What kind of aggregate it is: the part before the first slash.</summary>
    public string Type => Value[..Math.Max(0, Value.IndexOf('/', StringComparison.Ordinal))];

    /// <summary>Which aggregate of that kind it is: the part after the first slash.</summary>
    public string Key => Value[(Value.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>Names the journal of one aggregate.</summary>
    /// <exception cref="ArgumentException">A part is empty, too long, or holds a control character.</exception>
    public static JournalId Of(string type, string key) =>
        type.Contains('/', StringComparison.Ordinal)
            ? throw new ArgumentException($"The journal type '{type}' must not hold a slash.", nameof(type))
            : Parse($"{type}/{key}");

    /// <summary>Reads a journal id from its text.</summary>
    /// <exception cref="ArgumentException">The text is no journal id; the message says why.</exception>
    public static JournalId Parse(string text) =>
        Refusal(text) is { } reason ? throw new ArgumentException(reason, nameof(text)) : new JournalId(text);

    /// <summary>Reads a journal id from its text, or says no.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out JournalId journal)
    {
        var valid = text is not null && Refusal(text) is null;
        journal = valid ? new JournalId(text!) : default;
        return valid;
    }

    /// <summary>
    /// The partition that holds this journal: XxHash3 of the UTF-8 name, modulo the number of partitions.
    /// It is part of the storage format: it must never change for a log that exists.
    /// </summary>
    /// <param name="partitions">How many partitions the log has; at least 1.</param>
    public int PartitionOf(int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        Span<byte> utf8 = stackalloc byte[LengthMax * 3];
        var length = Encoding.UTF8.GetBytes(Value, utf8);
        return (int)(XxHash3.HashToUInt64(utf8[..length]) % (ulong)partitions);
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static string? Refusal(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == text.Length - 1)
            return $"A journal id is '<type>/<key>'; '{text}' is not.";
        if (text.Length > LengthMax)
            return $"A journal id has at most {LengthMax} characters; this one has {text.Length}.";
        if (text.Any(char.IsControl))
            return "A journal id holds no control characters.";
        // Half a surrogate pair has no bytes in UTF-8, so no database could tell it from another one.
        return HoldsHalfAPair(text) ? "A journal id holds whole characters; this one holds half a surrogate pair." : null;
    }

    private static bool HoldsHalfAPair(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
                index++;
            else if (char.IsSurrogate(text[index]))
                return true;
        }
        return false;
    }
}
