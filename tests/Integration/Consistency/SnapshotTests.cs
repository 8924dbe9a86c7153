using OrleansEs.EventLog;

namespace OrleansEs.Integration.Consistency;

/// <summary>Snapshots make activations cheap and are never the truth.</summary>
public sealed class SnapshotTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private JournalDatabase _database = null!;
    private IGrainFactory _grains = null!;

    public async ValueTask InitializeAsync()
    {
        _database = new JournalDatabase();
        _grains = (await _database.StartCluster()).Client;
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task An_activation_on_100_000_events_is_one_snapshot_and_one_page()
    {
        const int count = 100_000;
        var journal = JournalId.Of("till", "long");
        var moved = _database.Encoded(new Moved(1));
        var thousand = Enumerable.Repeat(moved, 1_000).ToList();
        for (var version = 0; version < count; version += 1_000)
            await _database.AppendDirectly(new AppendRequest(journal, version, Guid.NewGuid(), thousand));
        var till = _grains.GetGrain<ITillGrain>("long");
        Assert.Equal(count, await till.Balance());
        await Eventually.Holds(() => Task.FromResult(_database.Snapshots.Writes == 1), Patience, "a snapshot was taken");
        for (var more = 0; more < 50; more++)
            await till.Do(new PutIn(1), Guid.NewGuid());
        await till.Leave();
        var (snapshots, pages) = (_database.Snapshots.Reads, _database.Log.JournalReads);

        Assert.Equal(count + 50, await till.Balance());

        Assert.Equal((1, 1), (_database.Snapshots.Reads - snapshots, _database.Log.JournalReads - pages));
    }

    [Fact]
    public async Task A_snapshot_is_taken_every_hundred_events()
    {
        var till = _grains.GetGrain<ITillGrain>("front");
        for (var move = 1; move <= 250; move++)
            await till.Do(new PutIn(1), Guid.NewGuid());
        await till.Leave();

        Assert.Equal(250, await till.Balance());
        Assert.Equal(2, _database.Snapshots.Writes);
    }

    [Fact]
    public async Task A_snapshot_of_another_shape_is_thrown_away()
    {
        var till = _grains.GetGrain<ITillGrain>("front");
        for (var move = 1; move <= 100; move++)
            await till.Do(new PutIn(1), Guid.NewGuid());
        await till.Leave();
        await till.Balance();
        var good = await _database.Snapshots.Read(JournalId.Of("till", "front"), TestContext.Current.CancellationToken);
        Assert.NotNull(good);
        var other = _grains.GetGrain<ITillGrain>("other");
        await other.Do(new PutIn(7), Guid.NewGuid());
        await other.Leave();
        // It can be decoded, and would be believed.
        await _database.Snapshots.Write(
            JournalId.Of("till", "other"), good with { Version = 1, Schema = "1:another" }, TestContext.Current.CancellationToken);

        Assert.Equal(7, await other.Balance());
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_read_costs_a_longer_load_only()
    {
        var till = _grains.GetGrain<ITillGrain>("front");
        for (var move = 1; move <= 100; move++)
            await till.Do(new PutIn(1), Guid.NewGuid());
        await till.Leave();
        await till.Balance();
        var journal = JournalId.Of("till", "front");
        var good = await _database.Snapshots.Read(journal, TestContext.Current.CancellationToken);
        Assert.NotNull(good);
        await till.Leave();
        await _database.Snapshots.Write(
            journal, good with { Payload = new byte[] { 255, 255, 255 } }, TestContext.Current.CancellationToken);

        Assert.Equal(100, await till.Balance());
    }

    [Fact]
    public async Task A_snapshot_that_reaches_beyond_the_journal_is_not_used()
    {
        var till = _grains.GetGrain<ITillGrain>("front");
        for (var move = 1; move <= 100; move++)
            await till.Do(new PutIn(1), Guid.NewGuid());
        await till.Leave();
        await till.Balance();
        var good = await _database.Snapshots.Read(JournalId.Of("till", "front"), TestContext.Current.CancellationToken);
        Assert.NotNull(good);
        // The snapshot of another, longer history, as after the restoring of an older copy of the log.
        var other = _grains.GetGrain<ITillGrain>("other");
        await other.Do(new PutIn(3), Guid.NewGuid());
        await other.Leave();
        await _database.Snapshots.Write(JournalId.Of("till", "other"), good, TestContext.Current.CancellationToken);

        Assert.Equal(3, await other.Balance());
        // Nor when the journal has grown up to it.
        for (var move = 2; move < 99; move++)
            await other.Do(new PutIn(3), Guid.NewGuid());
        await other.Leave();
        var moved = Enumerable.Repeat(_database.Encoded(new Moved(3)), 2).ToList();
        await _database.AppendDirectly(new AppendRequest(JournalId.Of("till", "other"), 98, Guid.NewGuid(), moved));

        Assert.Equal(300, await other.Balance());
    }

    [Fact]
    public async Task A_snapshot_knows_where_the_journal_was_cleared()
    {
        var diary = _grains.GetGrain<INotebookGrain>("diary");
        await diary.Write("old");
        await diary.Clear();
        await diary.WriteMany([.. Enumerable.Range(0, 150).Select(n => $"line {n}")]);
        await diary.Leave();

        Assert.Equal(150, await diary.Version());
        Assert.Equal(1, _database.Snapshots.Writes);
        Assert.Equal(["line 0"], await diary.History(0, 1));
        Assert.Equal(150, (await diary.Lines()).Length);
    }
}
