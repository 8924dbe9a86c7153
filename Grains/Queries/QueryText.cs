using System.Data.Common;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Grains.Queries;

// A query in the making: conditions that are set and their parameters, never a value in the text.
internal sealed class QueryText(ReadModelRows model) : IAsyncDisposable
{
    private const int TakeMax = 1_000;

    private readonly DbCommand _command = model.Connection.CreateCommand();
    private readonly List<string> _conditions = [];

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
        _command.Bind(name, value);
        return this;
    }

    // Rows after the one a page ended with, in the order in which they are sorted.
    public QueryText After(string columns, string values) =>
        Where($"({columns}) > ({values})");

    public QueryText Before(string columns, string values) =>
        Where($"({columns}) < ({values})");

    public async Task<IReadOnlyList<T>> Read<T>(string select, string tail, Func<DbDataReader, T> row)
    {
        var where = _conditions.Count == 0 ? "" : $"where {string.Join("\n  and ", _conditions)}";
#pragma warning disable CA2100 // The text is made of constants of this project; every value is a parameter.
        _command.CommandText = model.Tables.Sql($"{select}\n{where}\n{tail}");
#pragma warning restore CA2100
        var rows = new List<T>();
        await using var reader = await _command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            rows.Add(row(reader));
        return rows;
    }

    public ValueTask DisposeAsync() => _command.DisposeAsync();

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
