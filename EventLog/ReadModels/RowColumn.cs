namespace OrleansEs.EventLog.ReadModels;

/// <summary>A column of the rows that a <see cref="RowStatement"/> writes. Every column may hold nulls.</summary>
public sealed class RowColumn
{
    private RowColumn(string name, string postgresType, Func<IReadOnlyList<object?>, Array> toArray) =>
        (Name, PostgresType, ToArray) = (name, postgresType, toArray);

    /// <summary>Its name in the statement: lower-case letters, digits and underscores.</summary>
    public string Name { get; }

    // What the array of its values is called on PostgreSQL.
    internal string PostgresType { get; }

    // The values of all rows of a batch as an array that the driver of PostgreSQL sends as it is.
    internal Func<IReadOnlyList<object?>, Array> ToArray { get; }

    /// <summary>A column of text.</summary>
    public static RowColumn Text(string name) =>
        new(name, "text[]", values => values.Select(value => (string?)value).ToArray());

    /// <summary>A column of whole numbers of 64 bits; <see cref="int"/> values are taken, too.</summary>
    public static RowColumn Number(string name) => new(name, "bigint[]", ToNumbers);

    /// <summary>A column of bytes, given as arrays.</summary>
    public static RowColumn Bytes(string name) =>
        new(name, "bytea[]", values => values.Select(value => (byte[]?)value).ToArray());

    private static Array ToNumbers(IReadOnlyList<object?> values) => values.Contains(null)
        ? values.Select(value => value is null ? (long?)null : Number(value)).ToArray()
        : values.Select(value => Number(value!)).ToArray();

    private static long Number(object value) => value is int small ? small : (long)value;
}
