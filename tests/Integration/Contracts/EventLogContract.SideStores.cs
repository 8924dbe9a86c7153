using System.Data.Common;
using System.Text;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.Contracts;

public abstract partial class EventLogContract
{
    private static readonly ReadModelPart Part = new(CountingProjection.ModelName, 1, 3);

    [Fact]
    public async Task A_snapshot_comes_back_as_it_was_and_only_the_latest_is_kept()
    {
        var journal = Journal("alice");
        Assert.Null(await _fixture.Snapshots.Read(journal, Cancellation));

        await _fixture.Snapshots.Write(journal, Snapshot(10, "json", """{"n":10}"""), Cancellation);
        await _fixture.Snapshots.Write(journal, Snapshot(20, "orleans", "\0\u0001"), Cancellation);
        await _fixture.Snapshots.Write(journal, Snapshot(15, "json", """{"n":15}"""), Cancellation);

        var kept = await _fixture.Snapshots.Read(journal, Cancellation);
        Assert.Equal((20, 4, "s1", "orleans"), (kept!.Version, kept.ClearedAt, kept.Schema, kept.Format));
        Assert.Equal("\0\u0001", Encoding.UTF8.GetString(kept.Payload.Span));
        Assert.Null(await _fixture.Snapshots.Read(Journal("bob"), Cancellation));
    }

    [Fact]
    public async Task A_snapshot_is_thrown_away_by_its_version_and_makes_room_for_an_older_one()
    {
        var journal = Journal("alice");
        await _fixture.Snapshots.Write(journal, Snapshot(20, "json", """{"n":20}"""), Cancellation);
        await _fixture.Snapshots.Write(Journal("bob"), Snapshot(20, "json", """{"n":20}"""), Cancellation);

        await _fixture.Snapshots.Delete(journal, 19, Cancellation);
        Assert.Equal(20, (await _fixture.Snapshots.Read(journal, Cancellation))?.Version);
        await _fixture.Snapshots.Delete(journal, 20, Cancellation);
        Assert.Null(await _fixture.Snapshots.Read(journal, Cancellation));
        await _fixture.Snapshots.Write(journal, Snapshot(10, "json", """{"n":10}"""), Cancellation);

        Assert.Equal(10, (await _fixture.Snapshots.Read(journal, Cancellation))?.Version);
        Assert.NotNull(await _fixture.Snapshots.Read(Journal("bob"), Cancellation));
    }

    [Fact]
    public async Task A_read_model_is_installed_twice_without_harm_and_begins_at_zero()
    {
        await Install();
        await Commit(Part, 0, 5, "kept");
        await Install();

        var builds = await _fixture.ReadModels.Query(
            connection => ReadModelBuildTable.ReadWithCheckpoints(connection, Part.Name, 8, Cancellation), Cancellation);
        var (build, checkpoints) = Assert.Single(builds);
        Assert.Equal((1, 1, ReadModelBuildState.Live), (build.Number, build.Version, build.State));
        Assert.Equal([0L, 0, 0, 5, 0, 0, 0, 0], checkpoints.Select(checkpoint => checkpoint.Position));
        Assert.Equal(5, await _fixture.ReadModels.Position(Part));
        await Assert.ThrowsAsync<ReadModelGoneException>(() => _fixture.ReadModels.Position(Part with { Build = 2 }));
        await Assert.ThrowsAsync<ReadModelGoneException>(() => Commit(Part with { Build = 2 }, 0, 1, "nowhere"));
    }

    [Fact]
    public async Task Rows_and_checkpoint_move_together()
    {
        await Install();

        Assert.Null(await Commit(Part, 0, 7, "seven"));

        Assert.Equal((1, 7), await _fixture.ReadModels.Query(
            async connection => (
                await CountingProjection.Count(connection),
                (int)(await ReadModelBuildTable.ReadWithCheckpoints(connection, Part.Name, 8, Cancellation))[0]
                    .Checkpoints[3].Position),
            Cancellation));
    }

    [Fact]
    public async Task A_commit_from_another_checkpoint_than_the_stored_one_writes_nothing_and_says_where_it_stands()
    {
        await Install();
        await Commit(Part, 0, 7, "first");

        Assert.Equal(7, await Commit(Part, 0, 9, "second"));

        Assert.Equal(7, await _fixture.ReadModels.Position(Part));
        Assert.Equal(1, await _fixture.ReadModels.Query(CountingProjection.Count, Cancellation));
    }

    [Fact]
    public async Task A_commit_by_who_does_not_know_what_is_parked_writes_nothing()
    {
        await Install();
        var unaware = new ReadModelCheckpoint(0, 1, 0);

        var found = await _fixture.ReadModels.Commit(
            Part, unaware, 3, async transaction => await CountingProjection.Insert(transaction, "unaware"), Cancellation);

        Assert.Equal(new ReadModelCheckpoint(0, 0, 0), found);
        Assert.Equal(0, await _fixture.ReadModels.Query(CountingProjection.Count, Cancellation));
    }

    [Fact]
    public async Task Of_two_activations_that_apply_the_same_batch_exactly_one_commits()
    {
        await Install();

        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Commit(Part, 0, 4, $"racer {number}")));

        Assert.Single(found, outcome => outcome is null);
        Assert.Equal(1, await _fixture.ReadModels.Query(CountingProjection.Count, Cancellation));
    }

    [Fact]
    public async Task A_projection_that_throws_takes_back_its_rows_and_its_checkpoint_and_nobody_elses()
    {
        await Install();

        var failing = _fixture.ReadModels.Commit(Part, 0, 3, async transaction =>
        {
            await CountingProjection.Insert(transaction, "half");
            throw new FormatException("cannot apply");
        });
        var neighbour = Commit(Part with { Partition = 4 }, 0, 3, "whole");
        var append = MustAppend(Request(Journal("alice"), 0));

        Assert.Equal("cannot apply", (await Assert.ThrowsAsync<FormatException>(() => failing)).Message);
        Assert.Null(await neighbour);
        await append;
        Assert.Equal(0, await _fixture.ReadModels.Position(Part));
        Assert.Equal(1, await _fixture.ReadModels.Query(CountingProjection.Count, Cancellation));
    }

    [Fact]
    public async Task A_query_reads_one_moment_and_cannot_write()
    {
        await Install();

        var (before, after) = await _fixture.ReadModels.Query(
            async connection =>
            {
                var before = await CountingProjection.Count(connection);
                await Commit(Part, 0, 1, "meanwhile");
                return (before, await CountingProjection.Count(connection));
            },
            Cancellation);

        Assert.Equal((0, 0), (before, after));
        Assert.Equal(1, await _fixture.ReadModels.Query(CountingProjection.Count, Cancellation));
        await Assert.ThrowsAnyAsync<DbException>(() => _fixture.ReadModels.Query(
            connection => CountingProjection.Insert(connection, "never"), Cancellation));
        Assert.Equal(1, await _fixture.ReadModels.Query(CountingProjection.Count, Cancellation));
    }

    private static JournalSnapshot Snapshot(long version, string format, string payload) =>
        new(version, 4, "s1", format, Encoding.UTF8.GetBytes(payload));

    private Task<long?> Commit(ReadModelPart part, long from, long to, string note) => _fixture.ReadModels.Commit(
        part, from, to, async transaction => await CountingProjection.Insert(transaction, note));

    private Task<ReadModelBuild> Install() => _fixture.ReadModels.Install(_fixture.Log, new CountingProjection());
}
