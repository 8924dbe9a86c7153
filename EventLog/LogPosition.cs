using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OrleansEs.EventLog;

/// <summary>
/// A place in the log: the <paramref name="Position"/>-th event of one partition. Its text, <c>3:1204</c>, is the read
/// token that a command returns and a query takes ("answer with at least this").
/// </summary>
/// <param name="Partition">The partition, counted from 0.</param>
/// <param name="Position">The position, counted from 1 without a hole; 0 stands before the first event.</param>
[GenerateSerializer, Immutable, Alias("eventlog.position")]
public readonly record struct LogPosition([property: Id(0)] int Partition, [property: Id(1)] long Position)
{
    /// <summary>Reads a read token.</summary>
    /// <exception cref="FormatException">The text is no read token.</exception>
    public static LogPosition Parse(string text) =>
        TryParse(text, out var position)
            ? position
            : throw new FormatException($"'{text}' is no read token; one looks like 3:1204.");

    /// <summary>Reads a read token, or says no.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out LogPosition position)
    {
        position = default;
        var parts = text?.Split(':');
        if (parts is not [var left, var right]
            || !int.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            || !long.TryParse(right, NumberStyles.None, CultureInfo.InvariantCulture, out var place))
            return false;
        position = new LogPosition(partition, place);
        return true;
    }

    /// <summary>The read token of this place.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Partition}:{Position}");
}
