using System.Text.RegularExpressions;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// A statement that writes many rows, in one text for both databases: the text reads the rows from a relation named
/// <c>rows</c>, whose columns are given with it. On PostgreSQL it runs once for all rows of a batch, on SQLite once for
/// each of them, so either way at the cost that the database has for it.
/// </summary>
/// <example>
/// <code>
/// private static readonly RowStatement AddTotal = new(
///     """
///     insert into {total} (owner, total)
///     select rows.owner, rows.amount
///     from rows
///     on conflict (owner) do update
///     set total = {total}.total + excluded.total
///     """,
///     RowColumn.Text("owner"), RowColumn.Number("amount"));
/// </code>
/// </example>
/// <remarks>
/// <list type="bullet">
/// <item>The text is an <c>insert … select … from rows</c>, an <c>update … from rows where …</c> or a
/// <c>delete … where … in (select … from rows)</c>. It names every column of the rows in full, <c>rows.owner</c>, and has
/// <c>from rows</c> as a clause of its own: on SQLite the value of the row stands in place of the one, and nothing in place of
/// the other.</item>
/// <item>No two rows of one batch may touch the same row of the table: PostgreSQL refuses that, or applies one of them.
/// Sum up in memory what belongs together.</item>
/// <item>A statement is immutable and serves all threads: keep it in a static field.</item>
/// </list>
/// </remarks>
public sealed partial class RowStatement
{
    // Far more than a table of a read model has, and far less than either database takes.
    private const int ColumnsMax = 100;

    /// <summary>Makes a statement.</summary>
    /// <param name="sql">Its text, without the definition of <c>rows</c>.</param>
    /// <param name="columns">The columns of <c>rows</c>; values are given in their order.</param>
    /// <exception cref="ArgumentException">No column, more than 100, one twice, or a name that is none.</exception>
    public RowStatement(string sql, params IReadOnlyList<RowColumn> columns)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        if (columns.Count is 0 or > ColumnsMax)
            throw new ArgumentException($"Rows have 1 to {ColumnsMax} columns, not {columns.Count}.", nameof(columns));
        if (columns.FirstOrDefault(column => !NamePattern().IsMatch(column.Name)) is { } odd)
            throw new ArgumentException(
                $"'{odd.Name}' is no name of a column: it has lower-case letters, digits and underscores.", nameof(columns));
        if (columns.GroupBy(column => column.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"The column '{twice.Key}' is given twice.", nameof(columns));
        Columns = [.. columns];
        var unknown = Reference().Matches(sql).Select(match => match.Groups["name"].Value)
            .FirstOrDefault(name => columns.All(column => column.Name != name));
        if (unknown is not null || !Clause().IsMatch(sql))
            throw new ArgumentException(
                unknown is null ? "The statement does not read from rows." : $"The rows have no column '{unknown}'.", nameof(sql));
        var names = string.Join(", ", columns.Select(column => column.Name));
        var arrays = string.Join(", ", columns.Select((column, index) => $"${index + 1}::{column.PostgresType}"));
        PostgresText = $"with rows ({names}) as (select * from unnest({arrays}))\n{sql}";
        SqliteText = OfOneRow(sql);
    }

    internal IReadOnlyList<RowColumn> Columns { get; }

    internal string SqliteText { get; }

    internal string PostgresText { get; }

    // A statement of one row has nothing to take back when it fails, and the batch as a whole is taken back all the same.
    // SQLite knows that of "values" and by "or fail"; else it would copy pages for each row, which doubles the time.
    private static string OfOneRow(string sql)
    {
        var withValues = Verb().Replace(Reference().Replace(sql, "@${name}"), "$0 or fail");
        return Clause().Replace(PlainSelect().Replace(withValues, "values (${list})"), "");
    }

    // The select of an insert that takes its row as it is.
    [GeneratedRegex(@"(?<=\binsert\b.*)\bselect\s+(?<list>(?:(?!\b(select|from)\b).)*?)\s+from rows(?=\s*(on conflict\b|;|\z))",
        RegexOptions.Singleline)]
    private static partial Regex PlainSelect();

    [GeneratedRegex(@"^\s*(insert|update)\b")]
    private static partial Regex Verb();

    [GeneratedRegex(@"\brows\.(?<name>\w+)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\bfrom rows\b")]
    private static partial Regex Clause();

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}\\z")]
    private static partial Regex NamePattern();
}
