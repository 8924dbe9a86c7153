using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;

namespace OrleansEs.Specs.EventLog;

public sealed class EventLogMeterSpecs
{
    [Fact]
    public void Appends_are_counted_by_outcome_and_the_queue_can_be_read()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        var seen = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == factory)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Add($"{instrument.Name} {value} {Tag(tags)}"));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => seen.Add($"{instrument.Name} {value} {Tag(tags)}"));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => seen.Add($"{instrument.Name} {value} {Tag(tags)}"));
        var meter = new EventLogMeter(factory);
        meter.ObserveQueue(() => 5);
        listener.Start();

        meter.Sent(3);
        meter.Answered(new AppendResult.Appended(default, 1, default), TimeSpan.FromSeconds(2));
        meter.Answered(new AppendResult.Conflict(1), TimeSpan.Zero);
        meter.Answered(new AppendResult.Duplicate([]), TimeSpan.Zero);
        meter.Answered(new AppendResult.NotAccepted(NotAcceptedReason.QueueFull, ""), TimeSpan.Zero);
        meter.Answered(new AppendResult.Unknown(""), TimeSpan.Zero);
        meter.BulkAnswered(new BulkAppendResult.Appended([]), 1_000, TimeSpan.FromSeconds(3));
        listener.RecordObservableInstruments();

        Assert.Contains("orleanses.log.batch.requests 3 ", seen);
        Assert.Contains("orleanses.log.append.duration 2 appended", seen);
        Assert.Contains("orleanses.log.queue.length 5 ", seen);
        Assert.Contains("orleanses.log.appends 1000 appended", seen);
        Assert.Contains("orleanses.log.bulk.duration 3 appended", seen);
        Assert.Equal(
            ["appended", "conflict", "duplicate", "not-accepted", "unknown"],
            seen.Where(line => line.StartsWith("orleanses.log.appends 1 ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]));
    }

    private static object? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags) => tags.Length == 0 ? "" : tags[0].Value;
}
