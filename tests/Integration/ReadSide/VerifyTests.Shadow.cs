using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Integration.ReadSide;

// What becomes of a shadow while the build that it shadows goes on, and afterwards.
public abstract partial class VerifyTests
{
    [Fact]
    public async Task A_shadow_follows_a_journal_that_is_released_and_refuses_one_that_is_left_out_afterwards()
    {
        _fault.PoisonAmount = 13;
        await using var store = await NewStore();
        await using var host = await Start(
            store, options => options.ParkedRetryDelayMin = options.ParkedRetryDelayMax = TimeSpan.FromMinutes(30));
        var poison = await host.Append("sick", 1, 2, 13);
        await host.Append("sick", 4);
        await Heads(host);
        var builds = host.Services.GetRequiredService<ReadModelBuilds>();
        var live = builds.OneOf(ReadSideHost.ReadModel, ReadModelBuildState.Live)!;
        var shadow = await builds.BeginShadow(live, Cancellation);
        var part = new ShadowPart(
            shadow, poison.Partition, builds.ProjectionOf(live), host.Services.GetRequiredService<ReadModelServices>());
        var parked = await Moment(host, live, part);
        await part.MoveTo(parked, () => { }, Cancellation);
        Assert.Equal(3, Assert.Single(parked.Parked).Value.Version);
        Assert.Equal(TallyProjection.Fold([1, 2]), (await Rows(host, shadow))["test/sick"]);

        _fault.PoisonAmount = null;
        await host.Control.Retry(null, "ann");
        await Eventually.Holds(async () => (await host.Control.Parked(10)).Count == 0, ReadSideHost.Long, "released");
        await host.Applied(await host.Append("sick", 5));
        var released = await Moment(host, live, part);
        await part.MoveTo(released, () => { }, Cancellation);

        Assert.Equal(TallyProjection.Fold([1, 2, 13, 4, 5]), (await Rows(host, shadow))["test/sick"]);
        // What it has applied by now cannot be left out.
        await Assert.ThrowsAsync<ShadowOvertakenException>(() => part.MoveTo(parked, () => { }, Cancellation));
        await Assert.ThrowsAsync<ShadowOvertakenException>(
            () => part.MoveTo(released with { Parked = parked.Parked }, () => { }, Cancellation));
        var skipped = new Dictionary<(JournalId, long), long> { [(JournalId.Of("test", "sick"), 3)] = poison.Position };
        await Assert.ThrowsAsync<ShadowOvertakenException>(
            () => part.MoveTo(released with { Skipped = skipped }, () => { }, Cancellation));
    }

    [Fact]
    public async Task Journals_that_are_parked_and_released_during_a_verification_raise_no_alarm()
    {
        await using var store = await NewStore();
        await using var host = await Start(
            store,
            options =>
            {
                options.ParkedRetryDelayMin = options.ParkedRetryDelayMax = TimeSpan.FromMilliseconds(10);
                options.ParkedAttemptsMax = 1_000;
            });
        // So many that the shadow comes near before it is compared, in several steps.
        await Fill(host, 3_000);
        for (var run = 0; run < FaultRun.Size(daily: 2, inLongRun: 30); run++)
        {
            _fault.PoisonAmount = -1 - run;
            await Task.WhenAll(Enumerable.Range(0, 20).Select(number => host.Append($"journal-{number}", 7, -1 - run, 8)));
            await Eventually.Holds(async () => (await host.Control.Parked(100)).Count == 20, ReadSideHost.Long, "parked");

            await host.Control.Verify();
            await Eventually.Holds(
                async () => (await host.Control.Verification()) is not { Phase: ReadModelVerification.Waiting, EndedAt: null },
                ReadSideHost.Long, "begun");
            _fault.PoisonAmount = null;
            var found = await Ended(host.Control);

            Assert.Equal((ReadModelVerification.Equal, null, 0L), (found.Phase, found.Error, found.DifferenceCount));
            await Eventually.Holds(async () => (await host.Control.Parked(1)).Count == 0, ReadSideHost.Long, "released");
        }
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task What_a_silo_that_died_left_of_a_verification_goes_at_the_next_look()
    {
        await using var store = await NewStore();
        await using (var before = await Start(store))
        {
            await Fill(before, 20);
            var builds = before.Services.GetRequiredService<ReadModelBuilds>();
            await builds.BeginShadow(builds.OneOf(ReadSideHost.ReadModel, ReadModelBuildState.Live)!, Cancellation);
            Assert.Equal([1], (await before.Control.Show()).Builds.Select(build => build.Number));
        }
        await using var host = await Start(store);

        await host.Control.Touch();

        await AssertNoShadow(host);
        Assert.Equal(ReadModelVerification.Equal, (await Verify(host)).Phase);
    }

    [Fact]
    public async Task One_verification_at_a_time_is_under_way_and_one_that_is_cancelled_leaves_nothing()
    {
        await using var store = await NewStore();
        await using var host = await Start(store);
        await Assert.ThrowsAsync<ReadModelBusyException>(host.Control.CancelVerification);
        Assert.Null(await host.Control.Verification());
        await Fill(host, 2_000);
        await Heads(host);

        await host.Control.Verify();
        await Assert.ThrowsAsync<ReadModelBusyException>(host.Control.Verify);
        var cancelled = await host.Control.CancelVerification();

        Assert.Equal(ReadModelVerification.Cancelled, cancelled?.Phase);
        await AssertNoShadow(host);
        Assert.Equal(ReadModelVerification.Equal, (await Verify(host)).Phase);
    }

    private static async Task<PartMoment> Moment(ReadSideHost host, ReadModelBuild live, ShadowPart part) => (await Store(host).Query(
        connection => ReadModelMoment.Read(connection, live, ReadSideHost.Partitions, Cancellation), Cancellation))
        .Parts[part.Partition];

    private static Task<SortedDictionary<string, Tally>> Rows(ReadSideHost host, ReadModelBuild build) => Store(host).Query(
        connection => ReadSideHost.ReadRows(new ReadModelRows(connection, build.Tables, build.Version)), Cancellation);
}
