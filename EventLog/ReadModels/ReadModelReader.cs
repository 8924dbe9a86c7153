using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

// Parks queries in the read models' grains, and reads rows and positions in one transaction.
internal sealed partial class ReadModelReader(
    ReadModelRegistry registry, ReadModelServices services, IGrainFactory grains, ILogger<ReadModelReader> logger)
    : IReadModelReader
{
    // Well below Orleans' response timeout; a longer wait is several calls.
    private static readonly TimeSpan CallMax = TimeSpan.FromSeconds(10);

    // What the way to the grain and back may add to the wait. A silo that is frozen never answers.
    private static readonly TimeSpan WayMax = TimeSpan.FromMilliseconds(250);

    // After a call that ended early (the grain moved, its silo died), so that nobody asks in a tight loop.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);

    // How long another silo's flip of the live version may go unnoticed here.
    private static readonly TimeSpan LiveVersionAgeMax = TimeSpan.FromSeconds(5);

    // A question that waits for nothing still needs the one call that says what to read.
    private static readonly TimeSpan LiveVersionWaitMin = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, (int Version, long AskedAt)> _liveVersions = [];

    public async Task<bool> WaitFor(
        string name, IReadOnlyCollection<LogPosition> after, TimeSpan timeout, CancellationToken cancellation)
    {
        var since = services.Time.GetTimestamp();
        var wanted = Furthest(name, after);
        if (wanted.Count == 0)
            return true;
        var version = await LiveVersion(name, since, timeout, cancellation);
        var reached = await Task.WhenAll(wanted.Select(position =>
            WaitForOne(new ReadModelPart(name, version, position.Partition), position.Position, since, timeout, cancellation)));
        return reached.All(applied => applied);
    }

    public async Task<ReadModelAnswer<T>> Query<T>(
        string name,
        IReadOnlyCollection<LogPosition> after,
        TimeSpan timeout,
        Func<DbConnection, Task<T>> query,
        CancellationToken cancellation)
    {
        var since = services.Time.GetTimestamp();
        await WaitFor(name, after, timeout, cancellation);
        var version = await LiveVersion(name, since, timeout, cancellation);
        var (value, positions) = await services.Store.Query(
            async connection =>
            {
                var checkpoints = await services.Store.ReadCheckpoints(connection, name, version, cancellation);
                return (await query(connection), checkpoints);
            },
            cancellation);
        // What the transaction saw decides, not how the wait ended.
        var stale = after.Any(token => positions[token.Partition] < token.Position);
        return new ReadModelAnswer<T>(
            value, [.. positions.Select((position, partition) => new LogPosition(partition, position))], stale);
    }

    private List<LogPosition> Furthest(string name, IReadOnlyCollection<LogPosition> after)
    {
        registry.HighestVersion(name);
        var partitions = services.Log.Identity.Partitions;
        foreach (var token in after)
        {
            if (token.Partition >= partitions || token.Partition < 0)
                throw new ArgumentException(
                    $"The read token {token} names partition {token.Partition}; this log has 0 to {partitions - 1}.", nameof(after));
        }
        return [.. after.GroupBy(token => token.Partition).Select(group => group.MaxBy(token => token.Position))];
    }

    private async Task<bool> WaitForOne(
        ReadModelPart part, long position, long since, TimeSpan timeout, CancellationToken cancellation)
    {
        while (true)
        {
            var left = timeout - services.Time.GetElapsedTime(since);
            var wait = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            if (await AskOnce(part, position, wait < CallMax ? wait : CallMax, cancellation) >= position)
                return true;
            left = timeout - services.Time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
                return false;
            await Task.Delay(left < RetryDelay ? left : RetryDelay, services.Time, cancellation);
        }
    }

    // What could not be asked was not reached: the answer is labelled by what the query's transaction sees.
    private async Task<long> AskOnce(ReadModelPart part, long position, TimeSpan wait, CancellationToken cancellation)
    {
        try
        {
            return await grains.GetGrain<IReadModelGrain>(part.Key).WaitFor(position, wait)
                .WaitAsync(wait + WayMax, services.Time, cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogNotAsked(part.Key, failure);
            return -1;
        }
    }

    // Who cannot be told in time reads the last version that was live, or the highest, which will be; both have rows.
    private async Task<int> LiveVersion(string name, long since, TimeSpan timeout, CancellationToken cancellation)
    {
        var isKnown = _liveVersions.TryGetValue(name, out var known);
        if (isKnown && services.Time.GetElapsedTime(known.AskedAt) < LiveVersionAgeMax)
            return known.Version;
        var left = timeout - services.Time.GetElapsedTime(since);
        try
        {
            var version = await grains.GetGrain<IReadModelControlGrain>(name).LiveVersion()
                .WaitAsync(left > LiveVersionWaitMin ? left : LiveVersionWaitMin, services.Time, cancellation);
            _liveVersions[name] = (version, services.Time.GetTimestamp());
            return version;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            var version = isKnown ? known.Version : registry.HighestVersion(name);
            LogNotTold(name, version, failure);
            return version;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Read model {ReadModel} did not tell its live version; version {Version} is read.")]
    private partial void LogNotTold(string readModel, int version, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Read model {ReadModel} could not be asked for its position.")]
    private partial void LogNotAsked(string readModel, Exception exception);
}
