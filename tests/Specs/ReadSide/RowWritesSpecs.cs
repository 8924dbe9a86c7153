using System.Data.Common;
using Npgsql;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Specs.ReadSide;

/// <summary>Rows of several parts in one batch.</summary>
public sealed class RowWritesSpecs
{
    private static readonly RowStatement s_one = new("insert into {one} (id) select rows.id from rows", RowColumn.Text("id"));
    private static readonly RowStatement s_two = new("insert into {two} (id) select rows.id from rows", RowColumn.Text("id"));

    private readonly ReadModelTables _tables = new("model", 1);

    [Fact]
    public async Task Rows_of_one_statement_share_a_command_whatever_part_they_are_of() => Assert.Equal(
        ["model_b1_one a,b,d", "model_b1_two c,e"],
        CommandsOf(await Rows(_tables, ("a", s_one), ("b", s_one), ("c", s_two)), await Rows(_tables, ("d", s_one), ("e", s_two))));

    [Fact]
    public async Task The_order_of_each_part_stays() => Assert.Equal(
        ["model_b1_one a", "model_b1_two b,c", "model_b1_one d"],
        CommandsOf(await Rows(_tables, ("a", s_one), ("b", s_two)), await Rows(_tables, ("c", s_two), ("d", s_one))));

    [Fact]
    public async Task What_a_part_writes_after_a_flush_stays_after_it()
    {
        var flushed = await Rows(_tables, ("a", s_one));
        flushed.Add(s_one, "b");
        await flushed.Flush(TestContext.Current.CancellationToken);

        Assert.Equal(["model_b1_one a,c", "model_b1_one b"], CommandsOf(flushed, await Rows(_tables, ("c", s_one))));
    }

    [Fact]
    public async Task Builds_do_not_share_a_command() => Assert.Equal(
        ["model_b1_one a", "model_b2_one b"],
        CommandsOf(await Rows(_tables, ("a", s_one)), await Rows(new ReadModelTables("model", 2), ("b", s_one))));

    private static async Task<RowWrites> Rows(ReadModelTables tables, params (string Id, RowStatement Statement)[] rows)
    {
        var writes = new RowWrites(SqlDialect.Postgres, tables);
        foreach (var (id, statement) in rows)
            writes.Add(statement, id);
        await writes.Flush(TestContext.Current.CancellationToken);
        return writes;
    }

    private static string[] CommandsOf(params RowWrites[] all)
    {
        using var batch = new NpgsqlBatch();
        RowWrites.AddKept(batch, all);
        return [.. batch.BatchCommands.Cast<DbBatchCommand>().Select(command =>
            $"{command.CommandText.Split("insert into ")[1].Split(' ')[0]} {string.Join(',', (string[])command.Parameters[0].Value!)}")];
    }
}
