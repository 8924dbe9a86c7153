using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Postgres;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>A read model is compared with what its events make, on a store that the derived class names.</summary>
public abstract partial class VerifyTests
{
    private readonly TallyFault _fault = new();

    protected abstract ValueTask<TestStore> NewStore();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Under_load_rows_that_are_right_raise_no_alarm()
    {
        var watch = Stopwatch.StartNew();
        var (runs, events) = (FaultRun.Size(daily: 5, inLongRun: 100), 0L);
        // The log of each grows while it is verified, so that the last of a hundred would take for ever.
        for (var run = 0; run < runs; run += 5)
            events += await VerifyUnderLoad(runs: 5);
        TestContext.Current.TestOutputHelper?.WriteLine($"{runs} runs in {watch.Elapsed.TotalSeconds:0} s, {events} events compared");
    }

    private async Task<long> VerifyUnderLoad(int runs)
    {
        await using var store = await NewStore();
        await using var host = await Start(store);
        // In the long run, too many for one moment: the shadow comes near first.
        await Fill(host, FaultRun.Size(daily: 500, inLongRun: 2_500));
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => Write(host, writer, stop.Token)).ToArray();
        var (last, all) = (0L, 0L);
        for (var run = 0; run < runs; run++)
        {
            // Under load rows come in steps, and a machine may be busier than the writers: something is there to be compared.
            await host.Applied(await host.Append("beside", run + 1));
            var found = await Verify(host);

            Assert.Equal((ReadModelVerification.Equal, null, 0L), (found.Phase, found.Error, found.DifferenceCount));
            Assert.True(found.Events > last, "nothing was written meanwhile");
            last = found.Events;
            all += last;
        }
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await AssertNoShadow(host);
        await host.AssertRowsEqualFold();
        return all;
    }

    [Fact]
    public async Task Under_load_a_row_that_was_changed_by_hand_is_found_and_the_first_event_it_does_not_show_is_named()
    {
        await using var store = await NewStore();
        await using var host = await Start(store);
        var first = await host.Append("alice", 1);
        await Fill(host, 200);
        await host.Applied(await host.Append("alice", 2, 3));
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => Write(host, writer, stop.Token)).ToArray();
        await ByHand(host, "update tally_b1_tally set sum = 1000 where journal = 'test/alice'");

        var found = await Verify(host);

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Assert.Equal((ReadModelVerification.Differs, null, 1L), (found.Phase, found.Error, found.DifferenceCount));
        var difference = Assert.Single(found.Differences);
        Assert.Equal(
            "tally journal=test/alice: sum is 1000 and should be 6", difference.ToString());
        Assert.Equal(new DivergingEvent(first, JournalId.Of("test", "alice"), 1, "test.added"), found.FirstEvent);
        Assert.InRange(Assert.Single(found.Tables).Rows, 1, (await host.Rows()).Count);
        await AssertNoShadow(host);
    }

    [Fact]
    public async Task A_row_that_shows_an_earlier_state_is_found_and_the_event_after_it_is_named()
    {
        await using var store = await NewStore();
        await using var host = await Start(store);
        await host.Append("alice", 1, 2);
        await host.Append("alice", 3);
        var fourth = await host.Append("alice", 4);
        await Fill(host, 100);
        await host.Append("alice", 5);
        await host.AssertRowsEqualFold();
        var third = TallyProjection.Fold([1, 2, 3]);
        await ByHand(host, string.Create(
            CultureInfo.InvariantCulture,
            $"update tally_b1_tally set count = 3, sum = 6, fold = {third.Fold} where journal = 'test/alice'"));

        var found = await Verify(host);

        Assert.Equal(new DivergingEvent(fourth, JournalId.Of("test", "alice"), 4, "test.added"), found.FirstEvent);
        Assert.Equal(["count", "sum", "fold"], Assert.Single(found.Differences).Columns.Select(column => column.Column));
    }

    [Fact]
    public async Task A_row_that_was_deleted_and_one_that_no_event_makes_are_found()
    {
        await using var store = await NewStore();
        await using var host = await Start(store);
        var last = await host.Append("alice", 1, 2);
        await Fill(host, 100);
        await host.AssertRowsEqualFold();

        await ByHand(host, "delete from tally_b1_tally where journal = 'test/alice'");
        var missing = await Verify(host);
        await ByHand(host, "insert into tally_b1_tally (journal, count, sum, fold) values ('test/a', 1, 2, 2)");
        var both = await Verify(host);

        Assert.Equal(RowDifference.Missing, Assert.Single(missing.Differences).Kind);
        Assert.Equal(new DivergingEvent(last with { Position = last.Position - 1 }, JournalId.Of("test", "alice"), 1, "test.added"),
            missing.FirstEvent);
        Assert.Equal([RowDifference.Extra, RowDifference.Missing], both.Differences.Select(one => one.Kind).Order());
        await ByHand(host, "insert into tally_b1_tally (journal, count, sum, fold) values ('test/alice', 2, 3, 33)");
        var extra = await Verify(host);
        Assert.Equal(("journal=test/a", RowDifference.Extra), (Assert.Single(extra.Differences).Key, extra.Differences[0].Kind));
        Assert.Equal((ReadModelVerification.Differs, null), (extra.Phase, extra.FirstEvent));
    }

    [Fact]
    public async Task More_rows_than_a_page_are_compared_each_once()
    {
        await using var store = await NewStore();
        await using var host = await Start(store);
        await Fill(host, 20);
        await host.AssertRowsEqualFold();
        var rows = string.Join(", ", Enumerable.Range(0, 4_500).Select(number => string.Create(
            CultureInfo.InvariantCulture, $"('extra/{number:00000}', 1, 1, 1)")));
        await ByHand(host, $"insert into tally_b1_tally (journal, count, sum, fold) values {rows}");

        var extra = await Verify(host);
        await ByHand(host, "delete from tally_b1_tally");
        var missing = await Verify(host);

        Assert.Equal((4_500L, 100, 4_520L), (extra.DifferenceCount, extra.Differences.Count, Assert.Single(extra.Tables).Rows));
        Assert.Equal((20L, 0L), (missing.DifferenceCount, Assert.Single(missing.Tables).Rows));
    }

    [Fact]
    public async Task What_is_parked_or_was_skipped_raises_no_alarm()
    {
        _fault.PoisonAmount = 13;
        await using var store = await NewStore();
        await using var host = await Start(
            store, options => options.ParkedRetryDelayMin = options.ParkedRetryDelayMax = TimeSpan.FromMinutes(30));
        await host.Append("sick", 1, 2, 13);
        await host.Append("sick", 4, 13, 6);
        await Fill(host, 40);
        await Heads(host);

        var parked = await Verify(host);
        await host.Control.Skip(JournalId.Of("test", "sick"), 3, "it is wrong", "ann");
        await Eventually.Holds(
            async () => (await host.Control.Parked(10)) is [{ Version: 5, Attempts: > 0 }], ReadSideHost.Long, "parked at the next");
        var skipped = await Verify(host);
        _fault.PoisonAmount = null;
        await host.Control.Retry(null, "ann");
        await Eventually.Holds(async () => (await host.Control.Parked(10)).Count == 0, ReadSideHost.Long, "released");
        var released = await Verify(host);

        Assert.All(
            new[] { parked, skipped, released },
            found => Assert.Equal((ReadModelVerification.Equal, null), (found.Phase, found.Error)));
        // What is left out is left out of what the first event is looked for in, too.
        await ByHand(host, "update tally_b1_tally set sum = 0 where journal = 'test/sick'");
        Assert.Equal(1, (await Verify(host)).FirstEvent?.Version);
    }

    [Fact]
    public async Task Of_a_row_that_many_journals_share_the_event_is_named_as_well()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, more: silo => silo.Services.AddReadModel<PartitionTotal>());
        await Fill(host, 100);
        await host.AssertRowsEqualFold();
        var read = await host.Log.ReadPartition(new LogPosition(3, 0), 7, Cancellation);
        Assert.Equal(7, read.Count);
        var control = host.Client.GetGrain<IReadModelControlGrain>(PartitionTotal.ModelName);
        await Eventually.Holds(
            async () => (await control.Verify()) is not null && (await Ended(control)).Positions[3].Position >= 7,
            ReadSideHost.Long, "applied");
        await ByHand(host, "update total_b1_total set events = 6 where partition = 3");

        await control.Verify();
        var found = await Ended(control);

        Assert.Equal("total partition=3", found.Differences[0].ToString()[..17]);
        Assert.Equal(
            new DivergingEvent(read[6].At, read[6].Journal, read[6].Version, "test.added"), found.FirstEvent);
    }

    [Fact]
    public async Task A_table_without_a_primary_key_is_refused_by_name_with_the_remedy()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, more: silo => silo.Services.AddReadModel<Keyless>());
        var control = host.Client.GetGrain<IReadModelControlGrain>(Keyless.ModelName);

        await control.Verify();
        var found = await Ended(control);

        Assert.Equal(ReadModelVerification.Failed, found.Phase);
        Assert.Contains("{line} has no primary key", found.Error, StringComparison.Ordinal);
        Assert.Contains("raise the projection's version", found.Error, StringComparison.Ordinal);
    }

    private Task<ReadSideHost> Start(
        TestStore store, Action<ReadModelOptions>? readModels = null, Action<ISiloBuilder>? more = null) => ReadSideHost.Start(
        store,
        options =>
        {
            options.SampleInterval = TimeSpan.Zero;
            readModels?.Invoke(options);
        },
        silo =>
        {
            silo.Services.AddSingleton(_fault);
            more?.Invoke(silo);
        });

    private static async Task<ReadModelVerification> Verify(ReadSideHost host)
    {
        await host.Control.Verify();
        return await Ended(host.Control);
    }

    private static async Task<ReadModelVerification> Ended(IReadModelControlGrain control)
    {
        ReadModelVerification? found = null;
        await Eventually.Holds(
            async () => (found = await control.Verification()) is { EndedAt: not null }, TimeSpan.FromMinutes(2), "verified");
        return found!;
    }

    private static async Task Fill(ReadSideHost host, int events)
    {
        for (var round = 0; round < events / 20; round++)
            await Task.WhenAll(Enumerable.Range(0, 20).Select(number => host.Append($"journal-{number}", round + 1)));
    }

    private static async Task Write(ReadSideHost host, int writer, CancellationToken stop)
    {
        for (var round = 1; !stop.IsCancellationRequested; round++)
            await host.Append($"writer-{writer}-{round % 50}", round);
    }

    private static async Task Heads(ReadSideHost host)
    {
        var heads = await host.Log.ReadHeads(Cancellation);
        foreach (var (partition, position) in heads.Index())
            await host.Applied(new LogPosition(partition, position));
    }

    private static Task<int> ByHand(ReadSideHost host, string sql) => Store(host).Write(
        async transaction =>
        {
            await using var command = transaction.Command(sql);
            return await command.ExecuteNonQueryAsync();
        },
        Cancellation);

    // Neither tables nor checkpoints are left.
    private static async Task AssertNoShadow(ReadSideHost host)
    {
        var tables = await Store(host).Query(
            connection => ReadModelBuildTable.TablesOf(connection, new ReadModelTables(ReadSideHost.ReadModel, 2), Cancellation),
            Cancellation);
        Assert.Empty(tables);
        Assert.Empty(await host.Services.GetRequiredService<ReadModelBuilds>().Shadows(ReadSideHost.ReadModel, Cancellation));
        Assert.Equal([1], (await host.Control.Show()).Builds.Select(build => build.Number));
    }

    private static IReadModelStore Store(ReadSideHost host) => host.Services.GetRequiredService<IReadModelStore>();
}
