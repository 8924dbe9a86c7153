using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace OrleansEs.EventLog.Streaming;

// Pushes one partition from the moment it starts: what is older, its subscribers read themselves.
// Invariants: the commit signal is taken before the log is read, so that no commit falls between the two; what is pushed
//   without having been read is what this silo committed just behind what was pushed before; a call returns
//   after at most the long poll; a database that cannot be read costs pushes, never an exception to Orleans' agent.
internal sealed partial class LogQueueReceiver(
    int partition, LogPushSource source, LogStreamOptions options, TimeProvider time, ILogger<LogQueueReceiver> logger)
    : IQueueAdapterReceiver
{
    // Orleans' agent does its housekeeping between two calls, so no call may last for ever.
    private static readonly TimeSpan LongPollMax = TimeSpan.FromSeconds(5);

    private long? _position;
    private long _untold;
    private bool _mustRead = true;
    private bool _failing;

    public Task Initialize(TimeSpan timeout) => Task.CompletedTask;

    public Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount) =>
        GetQueueMessagesAsync(maxCount, CancellationToken.None);

    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount, CancellationToken cancellationToken)
    {
        try
        {
            return await NextBatch(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return [];
        }
        catch (EventLogUnavailableException unavailable)
        {
            // Told once for each outage; the appender and the read models have more to say about it.
            if (!_failing)
                LogUnreadable(partition, _position ?? 0, unavailable);
            _failing = true;
            // A pause that is cancelled has done its duty, too.
            await Task.Delay(options.RetryDelay, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            return [];
        }
    }

    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

    public Task Shutdown(TimeSpan timeout) => Task.CompletedTask;

    private async Task<IList<IBatchContainer>> NextBatch(CancellationToken cancellation)
    {
        var since = time.GetTimestamp();
        do
        {
            var committed = source.Signal.Next(partition);
            _position ??= (await source.Log.ReadHeads(cancellation))[partition];
            var events = await Following(new LogPosition(partition, _position.Value), cancellation);
            if (events.Count > 0)
            {
                _position = events[^1].At.Position;
                var shared = events as CommittedEvent[] ?? [.. events];
                return [.. source.StreamsOf(partition).Select(stream => new LogBatchContainer(stream, shared))];
            }
            await committed.WaitAsync(options.PollInterval, time, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            _mustRead |= !committed.IsCompleted;
        }
        while (time.GetElapsedTime(since) < LongPollMax && !cancellation.IsCancellationRequested);
        return [];
    }

    // What this silo committed is at hand. The log is read for what it cannot know: at the beginning, when somebody else
    // committed, when more is there than a page holds, and now and then.
    private async Task<IReadOnlyList<CommittedEvent>> Following(LogPosition place, CancellationToken cancellation)
    {
        var untold = source.Signal.Untold(partition);
        if (!_mustRead && untold == _untold && source.Signal.After(place, options.PageSizeMax) is { } recent)
            return recent;
        _mustRead = true;
        var events = await source.Log.ReadPartition(place, options.PageSizeMax, cancellation);
        (_untold, _mustRead, _failing) = (untold, events.Count == options.PageSizeMax, false);
        return events;
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Partition {Partition} cannot be read after position {Position}; its events are not pushed for now.")]
    private partial void LogUnreadable(int partition, long position, Exception exception);
}

// What receivers read from, one for each provider.
internal sealed record LogPushSource(IEventLogReader Log, CommitSignal Signal, IPushTargets? Targets)
{
    public IEnumerable<StreamId> StreamsOf(int partition) =>
        (Targets?.Of(partition) ?? []).Prepend(EventLogStreams.OfPartition(partition));
}
