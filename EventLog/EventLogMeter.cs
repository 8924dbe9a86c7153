using System.Diagnostics.Metrics;

namespace OrleansEs.EventLog;

/// <summary>What the log counts. All names of its instruments stand here.</summary>
internal sealed class EventLogMeter
{
    /// <summary>The meter's name, for those who collect it.</summary>
    public const string Name = "OrleansEs.EventLog";

    private readonly Meter _meter;
    private readonly Counter<long> _appends;
    private readonly Histogram<double> _appendSeconds;
    private readonly Histogram<int> _batchRequests;
    private readonly Histogram<double> _bulkSeconds;
    private readonly Counter<long> _samples;
    private readonly Counter<long> _drift;

    public EventLogMeter(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _appends = _meter.CreateCounter<long>("orleanses.log.appends", "{append}", "Appends by outcome.");
        _appendSeconds = _meter.CreateHistogram<double>(
            "orleanses.log.append.duration", "s", "From the call to the answer, by outcome.");
        _batchRequests = _meter.CreateHistogram<int>(
            "orleanses.log.batch.requests", "{append}", "Appends that shared one transaction.");
        _bulkSeconds = _meter.CreateHistogram<double>(
            "orleanses.log.bulk.duration", "s", "From the call to the answer of a bulk of appends, by outcome.");
        _samples = _meter.CreateCounter<long>(
            "orleanses.read_model.samples", "{journal}", "Journals whose rows were compared with what their events make.");
        _drift = _meter.CreateCounter<long>(
            "orleanses.read_model.drift", "{row}", "Rows that were found not to be as their events make them.");
    }

    /// <summary>Lets the queue's length be read.</summary>
    public void ObserveQueue(Func<int> length) => _meter.CreateObservableGauge(
        "orleanses.log.queue.length", length, "{append}", "Appends that wait to be sent.");

    /// <summary>Lets the parked journals of the read models of this silo be read.</summary>
    public void ObserveParked(Func<IEnumerable<Measurement<long>>> parked) => _meter.CreateObservableGauge(
        "orleanses.read_model.parked", parked, "{journal}", "Journals that wait since an event of theirs cannot be applied.");

    public void Answered(AppendResult result, TimeSpan elapsed)
    {
        var outcome = new KeyValuePair<string, object?>("outcome", OutcomeOf(result));
        _appends.Add(1, outcome);
        _appendSeconds.Record(elapsed.TotalSeconds, outcome);
    }

    public void BulkAnswered(BulkAppendResult result, int requests, TimeSpan elapsed)
    {
        var outcome = new KeyValuePair<string, object?>("outcome", OutcomeOf(result));
        _appends.Add(requests, outcome);
        _bulkSeconds.Record(elapsed.TotalSeconds, outcome);
    }

    public void Sampled(string readModel) => _samples.Add(1, new KeyValuePair<string, object?>("read_model", readModel));

    public void Drifted(string readModel, long rows) => _drift.Add(rows, new KeyValuePair<string, object?>("read_model", readModel));

    public void Sent(int requests) => _batchRequests.Record(requests);

    private static string OutcomeOf(AppendResult result) => result switch
    {
        AppendResult.Appended => "appended",
        AppendResult.Conflict => "conflict",
        AppendResult.Duplicate => "duplicate",
        AppendResult.NotAccepted => "not-accepted",
        _ => "unknown",
    };

    private static string OutcomeOf(BulkAppendResult result) => result switch
    {
        BulkAppendResult.Appended => "appended",
        BulkAppendResult.Refused => "refused",
        BulkAppendResult.NotAccepted => "not-accepted",
        _ => "unknown",
    };
}
