using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

// Parks queries in the read models' grains, and reads rows and positions in one transaction.
// Invariants: what the transaction sees decides, not how a wait ended, and not which build this silo knows as the live one; nobody is
//   shown less of a read model than was shown before a rebuild or a rollback, unless it is labelled.
internal sealed partial class ReadModelReader(
    ReadModelRegistry registry, ReadModelServices services, ReadModelBuilds builds, IGrainFactory grains,
    ILogger<ReadModelReader> logger)
    : IReadModelReader
{
    // Well below Orleans' response timeout; a longer wait is several calls.
    private static readonly TimeSpan CallMax = TimeSpan.FromSeconds(10);

    // What the way to the grain and back may add to the wait. A silo that is frozen never answers.
    private static readonly TimeSpan WayMax = TimeSpan.FromMilliseconds(250);

    // After a call that ended early (the grain moved, its silo died), so that nobody asks in a tight loop.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);

    // A build that has just become live catches up with the one before within milliseconds; a silo that dies then takes longer.
    private static readonly TimeSpan FloorWaitMax = TimeSpan.FromSeconds(5);

    public async Task<bool> WaitFor(
        string name, IReadOnlyCollection<LogPosition> after, TimeSpan timeout, CancellationToken cancellation)
    {
        var since = services.Time.GetTimestamp();
        var wanted = Furthest(name, after);
        if (wanted.Count == 0)
            return true;
        while (true)
        {
            var build = builds.ServedOf(name) ?? throw NotBuilt(name);
            if (!await WaitFor(build.Number, name, wanted, since, timeout, cancellation))
                return false;
            // Another build took its place meanwhile, and may be a moment behind.
            if (builds.ServedOf(name)?.Number == build.Number)
                return true;
        }
    }

    public async Task<ReadModelAnswer<T>> Query<T>(
        string name,
        IReadOnlyCollection<LogPosition> after,
        TimeSpan timeout,
        Func<ReadModelRows, Task<T>> query,
        CancellationToken cancellation)
    {
        var since = services.Time.GetTimestamp();
        await WaitFor(name, after, timeout, cancellation);
        return await QueryInSteps(name, after, since, timeout, query, cancellation);
    }

    public async Task<ReadModelAnswer<T>> Query<T>(
        string name,
        IReadOnlyCollection<LogPosition> after,
        TimeSpan timeout,
        ReadModelQuery<T> query,
        CancellationToken cancellation)
    {
        var since = services.Time.GetTimestamp();
        await WaitFor(name, after, timeout, cancellation);
        if (builds.ServedOf(name) is { State: ReadModelBuildState.Live } known)
        {
            var (isLive, answer) = await services.Store.QueryBatch(
                connection => ReadAtOnce(
                    connection, known, after, services.Time.GetElapsedTime(since) >= timeout, query, cancellation),
                cancellation);
            if (answer is not null)
                return answer;
            // So that the next query need not be asked twice.
            if (!isLive)
                await builds.Refresh(cancellation);
        }
        return await QueryInSteps(name, after, since, timeout, rows => rows.Read(query, cancellation), cancellation);
    }

    // First which build is live, then its rows.
    private async Task<ReadModelAnswer<T>> QueryInSteps<T>(
        string name, IReadOnlyCollection<LogPosition> after, long since, TimeSpan timeout, Func<ReadModelRows, Task<T>> query,
        CancellationToken cancellation)
    {
        while (true)
        {
            var moment = await services.Store.Query(
                connection => Read(connection, name, after, since, timeout, query, cancellation), cancellation);
            if (moment.Answer is { } answer)
                return answer;
            await WaitFor(
                moment.Build, name, moment.Missing, since, timeout > FloorWaitMax ? timeout : FloorWaitMax, cancellation);
            await builds.Refresh(cancellation);
        }
    }

    // What one read transaction shows; or what must be waited for first.
    private async Task<Moment<T>> Read<T>(
        DbConnection connection, string name, IReadOnlyCollection<LogPosition> after, long since, TimeSpan timeout,
        Func<ReadModelRows, Task<T>> query, CancellationToken cancellation)
    {
        var all = await ReadModelBuildTable.ReadWithCheckpoints(
            connection, name, services.Log.Identity.Partitions, cancellation);
        var (build, checkpoints) = ReadModelBuilds.Served(all, entry => entry.Build, registry) ?? throw NotBuilt(name);
        var elapsed = services.Time.GetElapsedTime(since);
        var belowFloor = BelowFloor(build.Floor, checkpoints).ToArray();
        if (belowFloor.Length > 0 && elapsed < (timeout > FloorWaitMax ? timeout : FloorWaitMax))
            return new Moment<T>(build.Number, belowFloor, null);
        var missing = Missing(after, checkpoints).ToArray();
        // It was waited for in another build: there was a change in between.
        if (missing.Length > 0 && elapsed < timeout && build.Number != builds.ServedOf(name)?.Number)
            return new Moment<T>(build.Number, missing, null);
        var value = await query(new ReadModelRows(connection, build.Tables, build.Version));
        return new Moment<T>(build.Number, [], AnswerOf(value, checkpoints, missing.Length > 0 || belowFloor.Length > 0));
    }

    // The rows of the build that is thought to be live. No answer when it is not, or does not show all that it must while there is time
    // to wait: then the rows were not looked at.
    private async Task<(bool IsLive, ReadModelAnswer<T>? Answer)> ReadAtOnce<T>(
        DbConnection connection, ReadModelBuild known, IReadOnlyCollection<LogPosition> after, bool isTimeUp,
        ReadModelQuery<T> query, CancellationToken cancellation)
    {
        var dialect = services.Store.Dialect;
        await using var results = new ReadModelResults(
            connection, dialect, [ReadModelBuildTable.SelectLive(known), .. query.Statements(known.Tables, dialect)], cancellation);
        var live = await ReadModelBuildTable.ReadLive(results, services.Log.Identity.Partitions);
        if (live is not var (floor, checkpoints))
            return (false, null);
        var isMissing = Missing(after, checkpoints).Any();
        if (BelowFloor(floor, checkpoints).Any() || (isMissing && !isTimeUp))
            return (true, null);
        var value = await query.Read(results);
        return (true, AnswerOf(value, checkpoints, isMissing));
    }

    private static IEnumerable<LogPosition> BelowFloor(IReadOnlyList<long> floor, ReadModelCheckpoint[] checkpoints) => floor.Index()
        .Where(place => checkpoints[place.Index].Position < place.Item)
        .Select(place => new LogPosition(place.Index, place.Item));

    private static IEnumerable<LogPosition> Missing(IEnumerable<LogPosition> after, ReadModelCheckpoint[] checkpoints) =>
        after.Where(token => checkpoints[token.Partition].Position < token.Position);

    private static ReadModelAnswer<T> AnswerOf<T>(T value, ReadModelCheckpoint[] checkpoints, bool isStale) => new(
        value,
        [.. checkpoints.Select((checkpoint, partition) => new LogPosition(partition, checkpoint.Position))],
        isStale,
        checkpoints.Sum(checkpoint => checkpoint.Parked));

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

    private async Task<bool> WaitFor(
        int build, string name, IReadOnlyList<LogPosition> wanted, long since, TimeSpan timeout, CancellationToken cancellation)
    {
        var reached = await Task.WhenAll(wanted.Select(position =>
            WaitForOne(new ReadModelPart(name, build, position.Partition), position.Position, since, timeout, cancellation)));
        return reached.All(applied => applied);
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

    private static EventLogUnavailableException NotBuilt(string name) =>
        new($"The read model '{name}' has no build that this silo can read.");

    private sealed record Moment<T>(int Build, IReadOnlyList<LogPosition> Missing, ReadModelAnswer<T>? Answer);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Read model {ReadModel} could not be asked for its position.")]
    private partial void LogNotAsked(string readModel, Exception exception);
}
