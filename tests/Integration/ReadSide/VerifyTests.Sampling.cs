using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Integration.ReadSide;

// Rows of a journal that is chosen at random are compared now and then.
public abstract partial class VerifyTests
{
    [Fact]
    public async Task Samples_under_load_raise_no_alarm_and_leave_nothing()
    {
        await using var store = await NewStore();
        await using var host = await Start(store);
        await Fill(host, 200);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => Write(host, writer, stop.Token)).ToArray();
        var sampler = Sampler(host, FaultRun.Seed());
        var outcomes = new List<SampleOutcome>();

        for (var sample = 0; sample < FaultRun.Size(daily: 100, inLongRun: 2_000); sample++)
            outcomes.Add(await sampler.Sample(ReadSideHost.ReadModel, Cancellation));

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Assert.DoesNotContain(SampleOutcome.Differs, outcomes);
        Assert.True(outcomes.Count(outcome => outcome == SampleOutcome.Equal) > outcomes.Count / 2, string.Join(", ", outcomes));
        Assert.Empty(await Store(host).Query(
            connection => ReadModelBuildTable.TablesOf(connection, new ReadModelTables(ReadSideHost.ReadModel, 0), Cancellation),
            Cancellation));
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task Samples_find_a_row_that_was_changed_by_hand_and_one_that_was_deleted_and_count_it()
    {
        await using var store = await NewStore();
        await using var host = await Start(store);
        await Fill(host, 100);
        await host.AssertRowsEqualFold();
        var counted = new List<string>();
        using var listener = Listen(host, counted);
        var sampler = Sampler(host, FaultRun.Seed());
        await ByHand(host, "update tally_b1_tally set sum = sum + 1 where journal = 'test/journal-7'");
        await ByHand(host, "delete from tally_b1_tally where journal = 'test/journal-8'");

        var outcomes = new List<SampleOutcome>();
        // Each takes one of the two with a chance of a tenth.
        for (var sample = 0; sample < 200; sample++)
            outcomes.Add(await sampler.Sample(ReadSideHost.ReadModel, Cancellation));

        var differing = outcomes.Count(outcome => outcome == SampleOutcome.Differs);
        Assert.True(differing > 1, string.Join(", ", outcomes));
        Assert.Equal(differing, counted.Count(line => line == "orleanses.read_model.drift tally"));
        Assert.Equal(200, counted.Count(line => line == "orleanses.read_model.samples tally"));
    }

    [Fact]
    public async Task The_engine_takes_samples_by_itself()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, options => options.SampleInterval = TimeSpan.FromMilliseconds(20));
        await Fill(host, 20);
        await host.AssertRowsEqualFold();
        var counted = new List<string>();
        using var listener = Listen(host, counted);

        await ByHand(host, "update tally_b1_tally set sum = -1");

        await Eventually.Holds(
            () => Task.FromResult(counted.ToArray().Contains("orleanses.read_model.drift tally")), ReadSideHost.Long, "found");
    }

    [Fact]
    public async Task A_read_model_whose_rows_are_not_of_one_journal_is_left_out_of_samples()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, more: silo => silo.Services.AddReadModel<PartitionTotal>());
        await host.Append("alice", 1);

        Assert.Equal(SampleOutcome.LeftOut, await Sampler(host, 1).Sample(PartitionTotal.ModelName, Cancellation));
    }

    private static ReadModelSampler Sampler(ReadSideHost host, int seed) => new(
        host.Services.GetRequiredService<ReadModelBuilds>(), host.Services.GetRequiredService<ReadModelServices>(),
        host.Services.GetRequiredService<EventLogMeter>(), new Random(seed), NullLogger<ReadModelSampler>.Instance);

    private static MeterListener Listen(ReadSideHost host, List<string> counted)
    {
        var factory = host.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Scope == factory && instrument.Name.StartsWith("orleanses.read_model.", StringComparison.Ordinal))
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) =>
        {
            lock (counted)
                counted.Add($"{instrument.Name} {tags[0].Value}");
        });
        listener.Start();
        return listener;
    }
}
