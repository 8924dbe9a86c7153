using System.Data.Common;
using System.Globalization;

namespace OrleansEs.EventLog.ReadModels;

// A table of a read model, in whichever build, as something whose rows are read in the order of their primary key.
internal sealed class ComparedTable
{
    // One statement stays far below the database's time limit for statements.
    public const int PageMax = 2_000;

    private const string SelectKeyPostgres =
        """
        select a.attname
        from pg_index i
        join pg_class c on c.oid = i.indrelid
        join pg_namespace n on n.oid = c.relnamespace
        cross join lateral unnest(i.indkey::int2[]) with ordinality as k (number, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
        where i.indisprimary and n.nspname = current_schema() and c.relname = @table
        order by k.place
        """;

    private const string SelectKeySqlite = "select name from pragma_table_info(@table) where pk > 0 order by pk";

    private readonly string _keyColumns;

    private ComparedTable(string name, IReadOnlyList<string> key)
    {
        Name = name;
        Key = key;
        _keyColumns = string.Join(", ", key.Select(Quoted));
    }

    // As the projection names it.
    public string Name { get; }

    public IReadOnlyList<string> Key { get; }

    // Those of a build, by name.
    /// <exception cref="NotSupportedException">One has no primary key.</exception>
    public static async Task<IReadOnlyList<ComparedTable>> Of(
        DbConnection connection, ReadModelTables tables, CancellationToken cancellation)
    {
        var compared = new List<ComparedTable>();
        foreach (var table in await ReadModelBuildTable.TablesOf(connection, tables, cancellation))
        {
            await using var command = connection
                .Command(connection.Dialect() == SqlDialect.Postgres ? SelectKeyPostgres : SelectKeySqlite).Bind("@table", table);
            var key = await command.ReadAll(row => row.GetString(0), cancellation);
            var name = table[tables.Prefix.Length..];
            if (key.Count == 0)
                throw new NotSupportedException(
                    $"The table {{{name}}} has no primary key, so its rows cannot be told apart. Give it one in the projection's "
                    + "schema, raise the projection's version, and let it be built anew.");
            compared.Add(new ComparedTable(name, key));
        }
        return compared;
    }

    // The rows behind one key, up to another one with it; null for no bound.
    public async Task<IReadOnlyList<ComparedRow>> ReadPage(
        DbConnection connection, ReadModelTables tables, ComparedRow? after, ComparedRow? upTo, CancellationToken cancellation)
    {
        var bounds = new[] { after is null ? null : Bound(">", "after"), upTo is null ? null : Bound("<=", "up_to") }
            .OfType<string>().ToArray();
        await using var command = connection.Command(
            $"""
            select * from {Quoted(tables.Prefix + Name)}
            {(bounds.Length > 0 ? "where " : "")}{string.Join(" and ", bounds)}
            order by {_keyColumns}
            limit {PageMax}
            """);
        Bind(command, "after", after);
        Bind(command, "up_to", upTo);
        return await command.ReadAll(row => ComparedRow.Of(row, Key), cancellation);
    }

    // The row of a key; null when there is none.
    public async Task<ComparedRow?> Find(DbCommand command, ReadModelTables tables, ComparedRow wanted, CancellationToken cancellation)
    {
#pragma warning disable CA2100 // Names of tables and columns alone are put into it.
        command.CommandText = $"select * from {Quoted(tables.Prefix + Name)} where {Bound("=", "key")}";
#pragma warning restore CA2100
        Bind(command, "key", wanted);
        var rows = await command.ReadAll(row => ComparedRow.Of(row, Key), cancellation);
        return rows.Count > 0 ? rows[0] : null;
    }

    public RowDifference Difference(ComparedRow? live, ComparedRow? replayed)
    {
        var one = live ?? replayed!;
        var columns = one.Columns.Select((column, index) => new ColumnDifference(
                column, live is null ? null : ComparedRow.Text(live.Values[index]),
                replayed is null ? null : ComparedRow.Text(replayed.Values[index])))
            .Where((_, index) => live is null || replayed is null || !ComparedRow.IsSame(live.Values[index], replayed.Values[index]));
        var kind = live is null ? RowDifference.Missing : replayed is null ? RowDifference.Extra : RowDifference.Changed;
        var key = string.Join(", ", Key.Zip(one.KeyValues, (column, value) => $"{column}={ComparedRow.Text(value)}"));
        return new RowDifference(Name, key, kind, [.. columns]);
    }

    // Both databases compare rows of values in the order that their index has.
    private string Bound(string comparison, string parameter) =>
        $"({_keyColumns}) {comparison} ({string.Join(", ", Key.Select((_, index) => ParameterOf(parameter, index)))})";

    private void Bind(DbCommand command, string parameter, ComparedRow? row)
    {
        for (var index = 0; row is not null && index < Key.Count; index++)
            command.Bind(ParameterOf(parameter, index), row.KeyValues[index]);
    }

    private static string ParameterOf(string name, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"@{name}_{index}");

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
