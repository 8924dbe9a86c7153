using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Specs.ReadSide;

/// <summary>One text for two databases.</summary>
public sealed class RowStatementSpecs
{
    private static readonly RowColumn[] s_columns = [RowColumn.Text("id"), RowColumn.Number("n"), RowColumn.Bytes("bytes")];

    [Fact]
    public void On_PostgreSQL_the_rows_are_a_relation_made_of_arrays() => Assert.Equal(
        "with rows (id, n, bytes) as (select * from unnest($1::text[], $2::bigint[], $3::bytea[]))\n"
        + "update t set n = rows.n from rows where t.id = rows.id",
        Of("update t set n = rows.n from rows where t.id = rows.id").PostgresText);

    [Theory]
    [InlineData("insert into t (id, n) select rows.id, rows.n + 1 from rows", "insert or fail into t (id, n) values (@id, @n + 1)")]
    [InlineData(
        "insert into t (id)\nselect rows.id\nfrom rows\non conflict (id) do update\nset n = t.n + excluded.n",
        "insert or fail into t (id)\nvalues (@id)\non conflict (id) do update\nset n = t.n + excluded.n")]
    [InlineData(
        "insert into t (id) select rows.id from rows where rows.n > 0",
        "insert or fail into t (id) select @id  where @n > 0")]
    [InlineData(
        "update t set n = rows.n from rows where t.id = rows.id",
        "update or fail t set n = @n  where t.id = @id")]
    [InlineData("delete from t where id in (select rows.id from rows)", "delete from t where id in (select @id )")]
    public void On_SQLite_the_values_of_one_row_stand_in_their_place(string sql, string expected) =>
        Assert.Equal(expected, Of(sql).SqliteText);

    [Theory]
    [InlineData("insert into t (id) select rows.idd from rows", "no column 'idd'")]
    [InlineData("insert into t (id) values (1)", "does not read from rows")]
    public void A_text_that_does_not_fit_its_rows_is_refused(string sql, string reason) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => Of(sql)).Message, StringComparison.Ordinal);

    [Fact]
    public void Columns_that_cannot_be_are_refused()
    {
        const string Sql = "insert into t (id) select rows.id from rows";
        Assert.Throws<ArgumentException>(() => new RowStatement(Sql));
        Assert.Throws<ArgumentException>(() => new RowStatement(Sql, RowColumn.Text("id"), RowColumn.Number("id")));
        Assert.Throws<ArgumentException>(() => new RowStatement(Sql, RowColumn.Text("id"), RowColumn.Text("a; drop table t")));
    }

    private static RowStatement Of(string sql) => new(sql, s_columns);
}
