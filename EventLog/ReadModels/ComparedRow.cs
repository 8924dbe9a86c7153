using System.Collections;
using System.Data.Common;
using System.Globalization;

namespace OrleansEs.EventLog.ReadModels;

// A row as its values, told from others of its table by its primary key.
internal sealed class ComparedRow
{
    // What is shown of a value; all of it is compared.
    private const int TextLengthMax = 500;

    private ComparedRow(IReadOnlyList<string> columns, object?[] values, object[] keyValues) =>
        (Columns, Values, KeyValues) = (columns, values, keyValues);

    public IReadOnlyList<string> Columns { get; }

    public IReadOnlyList<object?> Values { get; }

    public IReadOnlyList<object> KeyValues { get; }

    // Two rows of a table have the same one when their keys are equal.
    public string Identity => string.Join('\u001f', KeyValues.Select(value => $"{value.GetType().Name} {Whole(value)}"));

    public static ComparedRow Of(DbDataReader row, IReadOnlyList<string> key)
    {
        var columns = Enumerable.Range(0, row.FieldCount).Select(row.GetName).ToArray();
        var values = Enumerable.Range(0, row.FieldCount).Select(index => row.IsDBNull(index) ? null : row.GetValue(index)).ToArray();
        return new ComparedRow(columns, values, [.. key.Select(column =>
            values[Array.IndexOf(columns, column)] ?? throw new NotSupportedException(
                $"A row has nothing in {column}, which belongs to its primary key. Declare the column not null."))]);
    }

    public static bool IsSame(ComparedRow? one, ComparedRow? other) => (one, other) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        _ => one.Columns.SequenceEqual(other.Columns) && one.Values.Zip(other.Values).All(pair => IsSame(pair.First, pair.Second)),
    };

    public static bool IsSame(object? one, object? other) => StructuralComparisons.StructuralEqualityComparer.Equals(one, other);

    public static string? Text(object? value) => value is null ? null
        : Whole(value) is { Length: > TextLengthMax } text ? $"{text[..TextLengthMax]}…" : Whole(value);

    private static string Whole(object value) => value switch
    {
        byte[] bytes => Convert.ToHexString(bytes),
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        Array array => $"[{string.Join(", ", array.Cast<object?>().Select(item => item is null ? "null" : Whole(item)))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
