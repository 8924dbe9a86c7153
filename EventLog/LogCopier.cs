using OrleansEs.EventLog.Bulk;

namespace OrleansEs.EventLog;

/// <summary>
/// Copies a whole log to another database, events as they are, and reads it back. No silo may be at work on the target; on
/// the source there may be some, whose later events another run takes.
/// </summary>
/// <remarks>
/// Invariants: what is copied is the source up to its heads at the start; a target that holds anything else than the source's
/// first events is refused unchanged; a run that ended early is gone on with by the next one; only a target whose every event was
/// read and found equal is called done.
/// </remarks>
public sealed class LogCopier(IEventLogReader from, IEventLogStore to)
{
    // Partitions go side by side, so that the one reads while another writes.
    private const int PartitionsAtOnceMax = 4;

    // A page of usual events is some MiB; the next one is smaller when its events are large.
    private const int PageMax = 5_000;
    private const long PageBytes = 8L << 20;

    private long _done;

    /// <summary>Copies what the target does not hold yet, and compares all of it.</summary>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Ends it; the next run goes on.</param>
    /// <exception cref="RestoreRefusedException">The target holds other events, or has other partitions; it was left as it is.</exception>
    /// <exception cref="EventLogUnavailableException">A database cannot be used now; the next run goes on.</exception>
    /// <exception cref="OutcomeUnknownException">The target's answer was lost; the next run goes on.</exception>
    public async Task<LogCopy> Copy(IProgress<LogCopyProgress>? progress, CancellationToken cancellation)
    {
        RequireAlike();
        var cut = await from.ReadHeads(cancellation);
        var begun = await to.ReadHeads(cancellation);
        for (var partition = 0; partition < cut.Count; partition++)
            await RequireBeginning(new LogPosition(partition, begun[partition]), cut[partition], cancellation);

        var missing = cut.Sum() - begun.Sum();
        await InAllPartitions(begun, cut, CopyPage, new Watch(progress, IsCompared: false, missing), cancellation);
        await InAllPartitions(new long[cut.Count], cut, ComparePage, new Watch(progress, IsCompared: true, cut.Sum()), cancellation);
        var heads = await to.ReadHeads(cancellation);
        return heads.SequenceEqual(cut)
            ? new LogCopy(missing, cut)
            : throw new RestoreRefusedException(
                $"Somebody else wrote to the target meanwhile: its {heads.Sum()} events are not the {cut.Sum()} that were copied. "
                + "Stop the silos of the target, empty its database, and copy again.");
    }

    private void RequireAlike()
    {
        if (from.Identity.LogId == to.Identity.LogId)
            throw new RestoreRefusedException("Source and target are one and the same log. Name another target.");
        if (from.Identity.Partitions != to.Identity.Partitions)
            throw new RestoreRefusedException(
                $"The source has {from.Identity.Partitions} partitions, and the target {to.Identity.Partitions}. The number is fixed when "
                + $"a log is created: create the target with {from.Identity.Partitions}.");
    }

    private async Task RequireBeginning(LogPosition end, long cut, CancellationToken cancellation)
    {
        if (end.Position == 0)
            return;
        var before = end with { Position = end.Position - 1 };
        var there = await to.ReadPartition(before, 1, cancellation);
        if (end.Position > cut)
            throw Differs(there[0], $"the source ends at {cut} there");
        RequireEqual(there, await from.ReadPartition(before, 1, cancellation));
    }

    private async Task InAllPartitions(
        IReadOnlyList<long> first,
        IReadOnlyList<long> last,
        Func<IReadOnlyList<CommittedEvent>, LogPosition, CancellationToken, Task> onPage,
        Watch watch,
        CancellationToken cancellation)
    {
        _done = 0;
        watch.Tell(0);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, last.Count),
            new ParallelOptions { MaxDegreeOfParallelism = PartitionsAtOnceMax, CancellationToken = cancellation },
            async (partition, stop) =>
            {
                var after = new LogPosition(partition, first[partition]);
                for (var countMax = PageMax; after.Position < last[partition];)
                {
                    var left = (int)Math.Min(countMax, last[partition] - after.Position);
                    var page = await from.ReadPartition(after, left, stop);
                    if (page.Count == 0)
                        throw new EventLogCorruptException(
                            $"Partition {partition} of the source ends at {after.Position}, although its head is {last[partition]}.");
                    await onPage(page, after, stop);
                    after = page[^1].At;
                    var bytes = page.Sum(committed => (long)committed.Payload.Length);
                    countMax = (int)Math.Clamp(PageBytes * page.Count / Math.Max(bytes, 1), 1, PageMax);
                    watch.Tell(Interlocked.Add(ref _done, page.Count));
                }
            });
    }

    private async Task CopyPage(IReadOnlyList<CommittedEvent> page, LogPosition after, CancellationToken cancellation)
    {
        var part = new List<CommittedEvent>(page.Count);
        var bytes = 0L;
        foreach (var committed in page)
        {
            if (part.Count > 0 && bytes + committed.Payload.Length > BulkLimits.BytesMax)
            {
                await to.Restore(part, cancellation);
                (part, bytes) = ([], 0);
            }
            part.Add(committed);
            bytes += committed.Payload.Length;
        }
        await to.Restore(part, cancellation);
    }

    private async Task ComparePage(IReadOnlyList<CommittedEvent> page, LogPosition after, CancellationToken cancellation) =>
        RequireEqual(await to.ReadPartition(after, page.Count, cancellation), page);

    private static void RequireEqual(IReadOnlyList<CommittedEvent> there, IReadOnlyList<CommittedEvent> expected)
    {
        for (var index = 0; index < expected.Count; index++)
        {
            if (index >= there.Count)
                throw new RestoreRefusedException($"The target has no event at {expected[index].At}, although it was copied.");
            if (!AreEqual(there[index], expected[index]))
                throw Differs(there[index], $"the source has version {expected[index].Version} of {expected[index].Journal} there, "
                    + $"recorded {expected[index].RecordedAt:O}");
        }
    }

    // Records compare payloads by where they lie.
    private static bool AreEqual(CommittedEvent one, CommittedEvent other) =>
        one with { Payload = default } == other with { Payload = default } && one.Payload.Span.SequenceEqual(other.Payload.Span);

    private static RestoreRefusedException Differs(CommittedEvent there, string source) => new(
        $"The target is no beginning of the source: at {there.At} it has version {there.Version} of {there.Journal}, recorded "
        + $"{there.RecordedAt:O}, and {source}. Name an empty database.");

    private sealed record Watch(IProgress<LogCopyProgress>? Progress, bool IsCompared, long Events)
    {
        public void Tell(long done) => Progress?.Report(new LogCopyProgress(IsCompared, done, Events));
    }
}

/// <summary>What came of copying a log.</summary>
/// <param name="Copied">How many events this run wrote.</param>
/// <param name="Heads">Up to where, by partition: what the source holds after it was appended meanwhile.</param>
public sealed record LogCopy(long Copied, IReadOnlyList<long> Heads);

/// <summary>How far it is.</summary>
/// <param name="IsCompared">False while events are copied, true while they are read back and compared.</param>
/// <param name="Done">How many are done.</param>
/// <param name="Events">Of how many.</param>
public readonly record struct LogCopyProgress(bool IsCompared, long Done, long Events);
