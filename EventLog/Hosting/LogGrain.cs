using Microsoft.Extensions.Hosting;
using Orleans.Concurrency;

namespace OrleansEs.EventLog.Hosting;

// Answers from the silo's own reader of the log.
// Invariants: the commit signal is taken before the log is read, so that no commit falls between the two; no call outlives
//   its wait or the silo's stop. Reentrant, since readers are parked in it while others are served.
[StatelessWorker, Reentrant]
internal sealed class LogGrain(
    IEventLogReader log, CommitSignal signal, TimeProvider time, IHostApplicationLifetime? host = null) : Grain, ILogGrain
{
    // So that a page of large events is never in memory as a whole.
    private const int ReadCountMax = 100;

    // Other silos' commits are told, too; this is for words that were lost on their way.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationToken _stopping = host?.ApplicationStopping ?? CancellationToken.None;

    public async Task<LogStats> Stats() =>
        new(log.Identity.LogId, log.Identity.Schema, await log.ReadHeads(CancellationToken.None));

    public async Task<LogPage> Read(LogPosition after, int countMax, TimeSpan wait, CancellationToken cancellation)
    {
        Check(after, countMax, wait);
        var since = time.GetTimestamp();
        while (true)
        {
            var committed = signal.Next(after.Partition);
            var events = await ReadPage(after, countMax, cancellation);
            var head = (await log.ReadHeads(cancellation))[after.Partition];
            if (after.Position > head)
                throw new InvalidLogReadException(
                    $"after {after} lies beyond the head {new LogPosition(after.Partition, head)} of its partition; "
                    + $"is it a checkpoint of another log than {log.Identity.LogId}?");
            var left = wait - time.GetElapsedTime(since);
            if (events.Count > 0 || left <= TimeSpan.Zero || _stopping.IsCancellationRequested)
                return new LogPage(log.Identity.LogId, events, events.Count > 0 ? events[^1].At : after, head);
            await Park(committed, left < LookInterval ? left : LookInterval, cancellation);
        }
    }

    private void Check(LogPosition after, int countMax, TimeSpan wait)
    {
        var partitions = log.Identity.Partitions;
        if (after.Partition < 0 || after.Partition >= partitions)
            throw new InvalidLogReadException(
                $"after {after} names partition {after.Partition}; the log has 0 to {partitions - 1}.");
        if (after.Position < 0)
            throw new InvalidLogReadException($"after {after} has a negative position; 0 stands before the first event.");
        if (countMax is < 1 or > LogPage.EventsMax)
            throw new InvalidLogReadException($"countMax is {countMax}; it must be 1 to {LogPage.EventsMax}.");
        if (wait < TimeSpan.Zero || wait > LogPage.WaitMax)
            throw new InvalidLogReadException(
                $"wait is {wait}; it must be between 0 and {LogPage.WaitMax.TotalSeconds} s. Ask again instead of waiting longer.");
    }

    private async Task<IReadOnlyList<CommittedEvent>> ReadPage(LogPosition after, int countMax, CancellationToken cancellation)
    {
        var page = new List<CommittedEvent>();
        var bytes = 0L;
        while (page.Count < countMax)
        {
            var count = Math.Min(ReadCountMax, countMax - page.Count);
            var events = await log.ReadPartition(page.Count > 0 ? page[^1].At : after, count, cancellation);
            foreach (var committed in events)
            {
                page.Add(committed);
                bytes += committed.Payload.Length;
                if (bytes >= LogPage.BytesMax)
                    return page;
            }
            if (events.Count < count)
                break;
        }
        return page;
    }

    private async Task Park(Task committed, TimeSpan duration, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping);
        await Task.WhenAny(committed, Task.Delay(duration, time, ended.Token));
        await ended.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }
}
