using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>A read model is built anew beside the live one and takes its place, on a store that the derived class names.</summary>
public abstract class RebuildTests
{
    protected abstract ValueTask<TestStore> NewStore();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rebuild_under_load_shows_no_reader_less_than_before_and_ends_equal_to_the_fold()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        await Fill(host, 500);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => Write(host, writer, stop.Token)).ToArray();
        var polls = new int[10];
        var readers = Enumerable.Range(0, polls.Length)
            .Select(reader => Task.Run(
                () => PollForward(host, isAtOnce: reader % 2 == 0, () => polls[reader]++, stop.Token), Cancellation)).ToArray();

        await host.Control.Rebuild(null);
        await BecomesLive(host, 2);
        await host.Control.RollBack();
        await BecomesLive(host, 1);
        await host.Control.RollBack();
        await BecomesLive(host, 2);
        // A reader that failed ends before its time; all of them have looked after the last change.
        var before = polls.ToArray();
        await Eventually.Holds(
            () => Task.FromResult(readers.Any(reader => reader.IsCompleted) || polls.Zip(before).All(poll => poll.First > poll.Second + 1)),
            ReadSideHost.Long, "all have looked");
        await stop.CancelAsync();

        await Task.WhenAll(writers);
        await Task.WhenAll(readers);
        await host.AssertRowsEqualFold();
        var live = (await host.Control.Show()).Live;
        Assert.Equal((2, ReadModelBuildState.Live), (live.Number, live.State));
        Assert.Equal(ReadSideHost.Partitions, live.Floor.Count);
    }

    [Fact]
    public async Task A_rollback_shows_the_rows_of_the_build_before_at_once_and_they_follow_on()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        await host.Append("alice", 1, 2, 3);
        await host.AssertRowsEqualFold();
        await Corrupt(host, build: 1);

        await host.Control.Rebuild(null);
        await BecomesLive(host, 2);
        await host.AssertRowsEqualFold();
        await host.Applied(await host.Append("alice", 4));

        await host.Control.RollBack();
        // What was wrong in it is wrong again, and what came since is there.
        var wrong = (await host.Rows())["test/alice"];
        Assert.Equal((4L, 1_000_004L), (wrong.Count, wrong.Sum));
        await host.Control.RollBack();
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task A_silo_that_has_not_heard_of_another_live_build_answers_from_that_one()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        await host.Append("alice", 1, 2, 3);
        await host.AssertRowsEqualFold();
        var (first, second) = (await host.ForgetfulReader(), await host.ForgetfulReader());
        async Task<long> Sum(IReadModelReader reader, LogPosition? after = null) => (await reader.Query(
            ReadSideHost.ReadModel, after is { } token ? [token] : [], ReadSideHost.Long, ReadSideHost.RowsAtOnce, Cancellation))
            .Value["test/alice"].Sum;
        Assert.Equal(6, await Sum(first));

        // What the next one makes is right; the one that is known here goes wrong, and then away.
        await host.Control.Rebuild(null);
        await BecomesLive(host, 2);
        await Corrupt(host, build: 1);
        Assert.Equal(6, await Sum(first));
        await host.Services.GetRequiredService<ReadModelBuilds>().Drop(ReadSideHost.ReadModel, 1, Cancellation);
        Assert.Equal(6, await Sum(second));

        var token = await host.Append("alice", 4);
        Assert.Equal(10, await Sum(first, token));
        Assert.Equal(10, await Sum(second, token));
    }

    [Fact]
    public async Task A_build_goes_on_after_a_restart_and_takes_the_place_by_itself()
    {
        await using var store = await NewStore();
        await using (var before = await ReadSideHost.Start(store))
        {
            await Fill(before, 400);
            await before.AssertRowsEqualFold();
            // So slow that it cannot be done before the restart.
            await before.Control.Rebuild(8);
            await Eventually.Holds(
                async () => (await before.Control.Show()).Builds[^1].Parts.Sum(part => part.Position) > 0,
                ReadSideHost.Long, "begun");
            Assert.Equal(1, (await before.Control.Show()).Live.Number);
            await Assert.ThrowsAsync<ReadModelBusyException>(() => before.Control.Rebuild(null));
        }
        var positions = await Positions(store, 2);
        await using var host = await ReadSideHost.Start(store);
        Assert.True(positions > 0);
        var building = (await host.Control.Show()).Builds[^1];
        Assert.Equal((2, ReadModelBuildState.Building), (building.Number, building.State));
        Assert.True(building.Parts.Sum(part => part.Position) >= positions, "it began anew");

        var cancelled = await host.Control.Cancel();
        Assert.Equal([1], cancelled.Builds.Select(build => build.Number));
        await host.Control.Rebuild(null);
        await BecomesLive(host, 3);
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task A_build_that_is_cancelled_leaves_no_table_and_a_rollback_without_one_before_is_refused()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        await Fill(host, 50);
        await host.Control.Rebuild(1);

        var after = await host.Control.Cancel();

        Assert.Equal([1], after.Builds.Select(build => build.Number));
        Assert.Equal(0, await Tables(host, "tally_b2_"));
        Assert.Equal(1, await Tables(host, "tally_b1_"));
        await Assert.ThrowsAsync<ReadModelBusyException>(host.Control.Cancel);
        await Assert.ThrowsAsync<ReadModelBusyException>(host.Control.RollBack);
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task A_paused_read_model_is_not_rebuilt_before_it_is_resumed()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        await host.Control.Pause();

        var refused = await Assert.ThrowsAsync<ReadModelBusyException>(() => host.Control.Rebuild(null));

        Assert.Contains("Resume", refused.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_version_is_built_beside_the_old_one_when_a_silo_that_knows_it_starts()
    {
        await using var store = await NewStore();
        await using (var before = await ReadSideHost.Start(store))
        {
            await Fill(before, 100);
            await before.AssertRowsEqualFold();
        }
        await using var host = await ReadSideHost.Start(
            store, more: silo => silo.Services.AddReadModel<SecondTally>());

        await BecomesLive(host, 2);

        Assert.Equal(2, (await host.Control.Show()).Live.Version);
        await host.AssertRowsEqualFold();
        Assert.Equal(1, (await host.Control.RollBack()).Live.Version);
    }

    [Fact]
    public async Task A_new_version_that_was_built_ahead_is_begun_by_no_silo_and_becomes_live_when_one_knows_it()
    {
        await using var store = await NewStore();
        await using (var before = await ReadSideHost.Start(store))
        {
            await Fill(before, 100);
            await before.AssertRowsEqualFold();
            var services = before.Services.GetRequiredService<ReadModelServices>();
            var registry = new ReadModelRegistry([new TallyProjection(), new SecondTally()]);
            var builder = new ReadModelBuilder(
                registry, new ReadModelBuilds(registry, services), services, NullLogger<ReadModelBuilder>.Instance);

            var built = await builder.Build(ReadSideHost.ReadModel, new Told(), Cancellation);

            Assert.Equal((2, 2, ReadModelBuildState.Building), (built.Number, built.Version, built.State));
            // Once more goes on with the same build, and the silo at work follows its own version alone.
            Assert.Equal(2, (await builder.Build(ReadSideHost.ReadModel, new Told(), Cancellation)).Number);
            await before.AssertRowsEqualFold();
            Assert.Equal((1, 1), (before.LiveBuild, (await before.Control.Show()).Live.Version));
        }
        await using var host = await ReadSideHost.Start(store, more: silo => silo.Services.AddReadModel<SecondTally>());

        await BecomesLive(host, 2);

        await host.AssertRowsEqualFold();
        var again = host.Services.GetRequiredService<ReadModelBuilder>();
        await Assert.ThrowsAsync<ReadModelBusyException>(
            () => again.Build(ReadSideHost.ReadModel, new Told(), Cancellation));
    }

    [Fact]
    public async Task The_build_before_goes_when_its_time_is_over()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store, options => options.RollbackKept = TimeSpan.Zero);
        await host.Append("alice", 1);
        await host.Control.Rebuild(null);
        await BecomesLive(host, 2);

        await Eventually.Holds(
            async () =>
            {
                await host.Control.Touch();
                return (await host.Control.Show()).Builds.Count == 1;
            },
            ReadSideHost.Long, "the build before is dropped");

        Assert.Equal(0, await Tables(host, "tally_b1_"));
    }

    private static async Task Fill(ReadSideHost host, int journals)
    {
        for (var round = 0; round < journals / 20; round++)
            await Task.WhenAll(Enumerable.Range(0, 20).Select(number => host.Append($"journal-{number}", round + 1)));
    }

    private static async Task Write(ReadSideHost host, int writer, CancellationToken stop)
    {
        for (var round = 1; !stop.IsCancellationRequested; round++)
            await host.Append($"writer-{writer}", round);
    }

    // Each answer reflects at least what every earlier one did, and its rows are those of its positions.
    private static async Task PollForward(ReadSideHost host, bool isAtOnce, Action looked, CancellationToken stop)
    {
        IReadOnlyList<LogPosition> seen = [];
        while (!stop.IsCancellationRequested)
        {
            var answer = isAtOnce
                ? await host.Reader.Query(ReadSideHost.ReadModel, [], TimeSpan.Zero, ReadSideHost.RowsAtOnce, Cancellation)
                : await host.Reader.Query(ReadSideHost.ReadModel, [], TimeSpan.Zero, ReadSideHost.ReadRows, Cancellation);
            Assert.False(answer.Stale);
            foreach (var before in seen)
                Assert.True(answer.Positions[before.Partition].Position >= before.Position, $"back from {before}");
            Assert.Equal(answer.Positions.Sum(position => position.Position), answer.Value.Values.Sum(tally => tally.Count));
            seen = answer.Positions;
            looked();
            // SQLite answers at once, and others want the thread, too.
            await Task.Yield();
        }
    }

    private static Task<TimeSpan> BecomesLive(ReadSideHost host, int build) => Eventually.Holds(
        async () => (await host.Control.Show()).Live.Number == build, ReadSideHost.Long, $"build {build} is live");

    private static Task<int> Corrupt(ReadSideHost host, int build) =>
        host.Services.GetRequiredService<IReadModelStore>().Write(
            async transaction =>
            {
                await using var command = transaction.Command($"update tally_b{build}_tally set sum = 1000000");
                return await command.ExecuteNonQueryAsync();
            },
            Cancellation);

    private static async Task<int> Tables(ReadSideHost host, string prefix) => (await host.Services
        .GetRequiredService<IReadModelStore>().Query(
            connection => connection.Command(connection.Dialect() == SqlDialect.Postgres
                    ? "select tablename from pg_tables where starts_with(tablename, @prefix)"
                    : "select name from sqlite_schema where type = 'table' and substr(name, 1, length(@prefix)) = @prefix")
                .Bind("@prefix", prefix).ReadAll(row => row.GetString(0), Cancellation),
            Cancellation)).Count;

    private static async Task<long> Positions(TestStore store, int build)
    {
        await using var host = await ReadSideHost.Start(store);
        var status = await host.Control.Show();
        return status.Builds.Single(candidate => candidate.Number == build).Parts.Sum(part => part.Position);
    }

    private sealed class Told : IProgress<(long Applied, long Events)>
    {
        public void Report((long Applied, long Events) value) => Assert.True(value.Applied <= value.Events);
    }
}
