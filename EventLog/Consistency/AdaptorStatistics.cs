using Orleans.EventSourcing;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// The statistics of one activation, under the names that Orleans' own providers use. Off until a grain turns it on.
/// </summary>
internal sealed class AdaptorStatistics(TimeProvider time)
{
    public const string TentativeView = "TentativeViewCalled";
    public const string ConfirmedView = "ConfirmedViewCalled";
    public const string ConfirmedVersion = "ConfirmedVersionCalled";
    public const string Submit = "SubmitCalled";
    public const string SubmitRange = "SubmitRangeCalled";
    public const string TryAppend = "TryAppendCalled";
    public const string TryAppendRange = "TryAppendRangeCalled";
    public const string ConfirmSubmittedEntries = "ConfirmSubmittedEntriesCalled";
    public const string SynchronizeNow = "SynchronizeNowCalled";
    public const string Writeback = "WritebackEvents";

    // Enough to see a distribution; the older half is forgotten beyond it.
    private const int LatenciesMax = 10_000;

    private static readonly string[] Names =
    [
        TentativeView, ConfirmedView, ConfirmedVersion, Submit, SubmitRange, TryAppend, TryAppendRange,
        ConfirmSubmittedEntries, SynchronizeNow, Writeback,
    ];

    private LogConsistencyStatistics? _current;

    public LogConsistencyStatistics? Current => _current;

    public void Enable() => _current = new LogConsistencyStatistics
    {
        EventCounters = Names.ToDictionary(name => name, _ => 0L),
        StabilizationLatenciesInMsecs = [],
    };

    public void Disable() => _current = null;

    public void Count(string name)
    {
        if (_current is { } statistics)
            statistics.EventCounters[name]++;
    }

    /// <summary>How long an event took from its raising to its confirmation.</summary>
    public void Stabilized(long raisedAt)
    {
        if (_current is not { } statistics)
            return;
        if (statistics.StabilizationLatenciesInMsecs.Count == LatenciesMax)
            statistics.StabilizationLatenciesInMsecs.RemoveRange(0, LatenciesMax / 2);
        statistics.StabilizationLatenciesInMsecs.Add((int)time.GetElapsedTime(raisedAt).TotalMilliseconds);
    }
}
