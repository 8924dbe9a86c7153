using System.Data.Common;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.Contracts;

public abstract partial class EventLogContract
{
    private static readonly RowStatement s_insertNote = new(
        "insert into {note} (note) select coalesce(rows.note, 'nothing') from rows", RowColumn.Text("note"));

    private static readonly RowStatement s_makeTotal = new(
        """
        insert into {total} (id, total, bytes)
        select rows.id, rows.total, rows.bytes
        from rows
        on conflict (id) do update
        set total = {total}.total + excluded.total, bytes = coalesce(excluded.bytes, {total}.bytes)
        """,
        RowColumn.Text("id"), RowColumn.Number("total"), RowColumn.Bytes("bytes"));

    private static readonly RowStatement s_setTotal = new(
        """
        update {total}
        set total = coalesce(rows.total, {total}.total)
        from rows
        where {total}.id = rows.id
        """,
        RowColumn.Text("id"), RowColumn.Number("total"));

    private static readonly RowStatement s_delete = new(
        "delete from {total} where id in (select rows.id from rows)", RowColumn.Text("id"));

    [Fact]
    public async Task Rows_are_written_by_one_text_on_every_store()
    {
        await InstallTotals();

        await Write(writes =>
        {
            writes.Add(s_insertNote, "written");
            writes.Add(s_insertNote, [null]);
            for (var row = 0; row < 1_000; row++)
                writes.Add(s_makeTotal, $"id {row}", row, new byte[] { 0, (byte)row });
            writes.Add(s_makeTotal, "greatest", long.MaxValue, null);
        });
        await Write(writes =>
        {
            writes.Add(s_makeTotal, "id 7", 1_000, null);
            writes.Add(s_setTotal, "id 8", long.MinValue);
            writes.Add(s_setTotal, "id 9", null);
            writes.Add(s_setTotal, "nobody", 1);
            writes.Add(s_delete, "id 10");
        });

        Assert.Equal(2, await _fixture.ReadModels.Query(CountingProjection.Count, Cancellation));
        var totals = await _fixture.ReadModels.Query(ReadTotals, Cancellation);
        Assert.Equal(1_000, totals.Count);
        Assert.Equal(
            [(1_007, 7), (long.MinValue, 8), (9, 9), (11, 11)],
            new[] { 7, 8, 9, 11 }.Select(id => totals[$"id {id}"]).Select(total => (total.Total, (int)total.Bytes![1])));
        Assert.Equal((long.MaxValue, null), totals["greatest"]);
    }

    [Fact]
    public async Task A_row_that_the_table_refuses_takes_back_the_whole_batch()
    {
        await InstallTotals();

        await Assert.ThrowsAnyAsync<DbException>(() => Write(writes =>
        {
            writes.Add(s_insertNote, "first");
            writes.Add(s_makeTotal, "good", 1, null);
            writes.Add(s_makeTotal, "bad", null, null);
        }));

        Assert.Equal(0, await _fixture.ReadModels.Query(CountingProjection.Count, Cancellation));
        Assert.Empty(await _fixture.ReadModels.Query(ReadTotals, Cancellation));
        Assert.Equal(0, (await _fixture.ReadModels.ReadCheckpoint(Part, Cancellation)).Position);
    }

    private Task<ReadModelBuild> InstallTotals() => Install();

    private async Task Write(Action<RowWrites> add)
    {
        var from = await _fixture.ReadModels.ReadCheckpoint(Part, Cancellation);
        await _fixture.ReadModels.Commit(
            Part, from, from.Position + 1,
            async transaction =>
            {
                var writes = new RowWrites(transaction, new ReadModelTables(Part.Name, Part.Build));
                add(writes);
                await writes.Flush(Cancellation);
            },
            Cancellation);
    }

    private static async Task<Dictionary<string, (long Total, byte[]? Bytes)>> ReadTotals(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "select id, total, bytes from counting_b1_total";
        await using var rows = await command.ExecuteReaderAsync(Cancellation);
        var totals = new Dictionary<string, (long, byte[]?)>(StringComparer.Ordinal);
        while (await rows.ReadAsync(Cancellation))
            totals.Add(rows.GetString(0), (rows.GetInt64(1), await rows.IsDBNullAsync(2, Cancellation) ? null : (byte[])rows[2]));
        return totals;
    }
}
