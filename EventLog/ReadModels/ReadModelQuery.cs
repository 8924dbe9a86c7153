namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// A query of a read model whose statements are all known before the first of them runs. On PostgreSQL they travel together, with
/// the read of the positions that the answer reflects, so that the usual query takes one round trip.
/// </summary>
/// <typeparam name="T">What is asked for.</typeparam>
/// <param name="read">
/// Reads the answers of the statements, in their order; it need not read all. It runs again when the query does, so it keeps nothing.
/// </param>
/// <example>
/// <code>
/// var open = new ReadModelQuery&lt;IReadOnlyList&lt;string&gt;&gt;(results => results.Next(row => row.GetString(0)))
///     .Add("select id from {ticket} where owner = @owner order by id")
///     .Bind("@owner", owner);
/// var answer = await reader.Query("open-tickets", tokens, timeout, open, cancellation);
/// </code>
/// </example>
public sealed class ReadModelQuery<T>(Func<ReadModelResults, Task<T>> read)
{
    private readonly List<(string Sqlite, string Postgres)> _texts = [];
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    /// <summary>Adds a statement, which answers with rows.</summary>
    /// <param name="text">
    /// SQL with the tables in braces (see <see cref="ReadModelTables"/>). Each text is kept, so a value stands in it as a parameter.
    /// </param>
    public ReadModelQuery<T> Add(string text) => Add(text, text);

    /// <summary>Adds a statement that the two databases want in different words.</summary>
    /// <param name="sqlite">The text for SQLite.</param>
    /// <param name="postgres">The text for PostgreSQL.</param>
    public ReadModelQuery<T> Add(string sqlite, string postgres)
    {
        _texts.Add((sqlite, postgres));
        return this;
    }

    /// <summary>Gives a value to a parameter, for all statements that name it.</summary>
    /// <param name="name">The parameter as it stands in the texts, with its <c>@</c>.</param>
    /// <param name="value">The value; null for nothing.</param>
    public ReadModelQuery<T> Bind(string name, object? value)
    {
        _values.Add(name, value);
        return this;
    }

    internal Task<T> Read(ReadModelResults results) => read(results);

    internal IEnumerable<ReadModelStatement> Statements(ReadModelTables tables, SqlDialect dialect) => _texts.Select(text =>
    {
        var numbered = tables.Numbered(dialect == SqlDialect.Sqlite ? text.Sqlite : text.Postgres, dialect);
        return new ReadModelStatement(numbered.Text, numbered.Names.Count == 0 ? [] : [.. numbered.Names.Select(ValueOf)]);
    });

    private object? ValueOf(string name) => _values.TryGetValue(name, out var value)
        ? value
        : throw new InvalidOperationException($"A statement of a query names the parameter {name}, which has no value; bind one.");
}

// A statement whose parameters are $1, $2 …, with their values.
internal readonly record struct ReadModelStatement(string Text, IReadOnlyList<object?> Values);
