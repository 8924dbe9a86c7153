using System.Data.Common;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Grains.Queries;

// A query in the making: conditions that are set and their parameters, never a value in the text.
internal sealed class QueryText
{
    private const int TakeMax = 1_000;

    private readonly List<string> _conditions = [];
    private readonly List<(string Name, object? Value)> _parameters = [];
    private readonly List<(string Sqlite, string Postgres)> _statements = [];

    public QueryText Where(string condition, string name, object? value) => Where(condition).Bind(name, value);

    // A condition whose parameters are bound already.
    public QueryText Where(string condition)
    {
        _conditions.Add(condition);
        return this;
    }

    public QueryText WhereIf(bool isSet, string condition, string name, object? value) =>
        isSet ? Where(condition, name, value) : this;

    public QueryText Bind(string name, object? value)
    {
        // PostgreSQL has no such character, and no text of the ledger has it.
        if (value is string text && text.Contains('\0', StringComparison.Ordinal))
            throw new InvalidQueryException($"'{LedgerText.Shown(text)}' holds a character that nothing in the ledger has (U+0000).");
        _parameters.Add((name, value));
        return this;
    }

    // Rows after the one a page ended with, in the order in which they are sorted.
    public QueryText After(string columns, string values) =>
        Where($"({columns}) > ({values})");

    public QueryText Before(string columns, string values) =>
        Where($"({columns}) < ({values})");

    // A statement with the conditions that are set by now.
    public QueryText Add(string select, string tail) => Add((select, tail), (select, tail));

    public QueryText Add((string Select, string Tail) sqlite, (string Select, string Tail) postgres)
    {
        _statements.Add((Text(sqlite), Text(postgres)));
        return this;
    }

    public ReadModelQuery<T> To<T>(Func<ReadModelResults, Task<T>> read)
    {
        var query = new ReadModelQuery<T>(read);
        foreach (var (sqlite, postgres) in _statements)
            query.Add(sqlite, postgres);
        foreach (var (name, value) in _parameters)
            query.Bind(name, value);
        return query;
    }

    private string Text((string Select, string Tail) statement) => _conditions.Count == 0
        ? $"{statement.Select}\n{statement.Tail}"
        : $"{statement.Select}\nwhere {string.Join("\n  and ", _conditions)}\n{statement.Tail}";

    public static int Take(int take) =>
        take is >= 1 and <= TakeMax
            ? take
            : throw new InvalidQueryException($"A page has 1 to {TakeMax} items, not {take}.");

    // One row more than asked for says that there is a next page.
    public static Page<T> Page<T>(IReadOnlyList<T> rows, int take, Func<T, string> cursor) =>
        rows.Count > take ? new Page<T>([.. rows.Take(take)], cursor(rows[take - 1])) : new Page<T>(rows, null);
}

internal static class DbDataReaderExtensions
{
    public static string? Text(this DbDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);
}
