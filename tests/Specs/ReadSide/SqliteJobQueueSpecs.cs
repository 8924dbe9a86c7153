using OrleansEs.EventLog.Sqlite;

namespace OrleansEs.Specs.ReadSide;

public sealed class SqliteJobQueueSpecs
{
    [Fact]
    public void Appends_go_ahead_of_read_models_and_neither_starves()
    {
        var queue = new SqliteJobQueue();
        foreach (var isAppend in (bool[])[false, false, true, true, true, true, true, true])
            queue.TryAdd(new SqliteJob(_ => { }, isAppend ? SqliteJobKind.Append : SqliteJobKind.Rows));

        var order = new List<bool>();
        while (queue.TryTake(out var job))
            order.Add(job.Kind == SqliteJobKind.Append);

        Assert.Equal([true, true, true, true, false, true, true, false], order);
    }
}
