using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Specs.ReadSide;

/// <summary>How the text of a query becomes that of a statement.</summary>
public sealed class ReadModelQuerySpecs
{
    private static readonly ReadModelTables s_tables =
        new ReadModelBuild("open-tickets", 2, 1, ReadModelBuildState.Live, [], null, default).Tables;

    [Fact]
    public void Parameters_get_numbers_in_the_order_in_which_they_are_first_named_and_values_in_that_order()
    {
        var statement = Assert.Single(Query("select a from {ticket} where a = @a and b > @b or c = @a limit @take")
            .Bind("@take", 3).Bind("@b", null).Bind("@a", "x").Bind("@unused", 1).Statements(s_tables, SqlDialect.Postgres));

        Assert.Equal("select a from open_tickets_b2_ticket where a = $1 and b > $2 or c = $1 limit $3", statement.Text);
        Assert.Equal(["x", null, 3], statement.Values);
    }

    [Theory]
    [InlineData("select '@a', \"@b\" from {ticket}", "select '@a', \"@b\" from open_tickets_b2_ticket")]
    [InlineData("select 1 -- @a\nfrom {ticket}", "select 1 -- @a\nfrom open_tickets_b2_ticket")]
    [InlineData("select a @> b from {ticket}", "select a @> b from open_tickets_b2_ticket")]
    public void What_is_no_parameter_stays_as_it_is(string text, string expected)
    {
        var statement = Assert.Single(Query(text).Statements(s_tables, SqlDialect.Postgres));

        Assert.Equal(expected, statement.Text);
        Assert.Empty(statement.Values);
    }

    [Fact]
    public void A_parameter_without_a_value_is_named_in_the_error()
    {
        var wrong = Assert.Throws<InvalidOperationException>(
            () => Query("select @a").Statements(s_tables, SqlDialect.Sqlite).ToArray());

        Assert.Contains("@a", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_database_gets_its_own_text_and_the_columns_of_its_own_log()
    {
        var query = new ReadModelQuery<int>(_ => Task.FromResult(0))
            .Add("select {$event} from {$log} e", "select 1, {$event} from {$log} e");

        var sqlite = Assert.Single(query.Statements(s_tables, SqlDialect.Sqlite)).Text;
        var postgres = Assert.Single(query.Statements(s_tables, SqlDialect.Postgres)).Text;
        Assert.StartsWith("select e.partition, e.position", sqlite, StringComparison.Ordinal);
        Assert.StartsWith("select 1, e.partition, e.position", postgres, StringComparison.Ordinal);
        Assert.EndsWith("from log_event e", postgres, StringComparison.Ordinal);
        Assert.Contains("payload_bytes", postgres, StringComparison.Ordinal);
        Assert.DoesNotContain("payload_bytes", sqlite, StringComparison.Ordinal);
    }

    private static ReadModelQuery<int> Query(string text) => new ReadModelQuery<int>(_ => Task.FromResult(0)).Add(text);
}
