using OrleansEs.EventLog;

namespace OrleansEs.Integration.Faults;

/// <summary>
/// A log that fails as it is told to: before the commit, after it, or late; and that counts what it was asked.
/// </summary>
internal sealed class FaultyEventLog(IEventLogStore inner) : IEventLogStore
{
    private readonly List<Func<Task>> _late = [];
    private int _appends;
    private int _journalReads;

    /// <summary>Decides what befalls a batch.</summary>
    public Func<IReadOnlyList<AppendRequest>, AppendFault> OnAppend { get; set; } = static _ => AppendFault.None;

    /// <summary>Runs before a command is looked for.</summary>
    public Func<Task> OnFind { get; set; } = static () => Task.CompletedTask;

    /// <summary>True while no read works.</summary>
    public bool ReadsFail { get; set; }

    /// <summary>Appends wait for it, whatever their tokens say.</summary>
    public Task HoldAppends { get; set; } = Task.CompletedTask;

    /// <summary>Reads wait for it, whatever their tokens say.</summary>
    public Task HoldReads { get; set; } = Task.CompletedTask;

    public int Appends => _appends;

    public int JournalReads => _journalReads;

    public LogIdentity Identity => inner.Identity;

    public async Task<IReadOnlyList<AppendResult>> AppendBatch(
        IReadOnlyList<AppendRequest> batch, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _appends);
        await HoldAppends;
        switch (OnAppend(batch))
        {
            case AppendFault.RefusedBefore:
                return All(batch, new AppendResult.NotAccepted(NotAcceptedReason.StorageFailed, "the disk is full"));
            case AppendFault.LostBefore:
                return All(batch, new AppendResult.Unknown("the connection broke"));
            case AppendFault.LostAfter:
                await inner.AppendBatch(batch, cancellation);
                return All(batch, new AppendResult.Unknown("the connection broke"));
            case AppendFault.LostAndLate:
                lock (_late)
                    _late.Add(() => inner.AppendBatch(batch, CancellationToken.None));
                return All(batch, new AppendResult.Unknown("the connection broke"));
            default:
                return await inner.AppendBatch(batch, cancellation);
        }
    }

    /// <summary>A bulk meets what befalls a batch.</summary>
    public async Task<BulkAppendResult> AppendBulk(IReadOnlyList<AppendRequest> requests, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _appends);
        await HoldAppends;
        switch (OnAppend(requests))
        {
            case AppendFault.RefusedBefore:
                return new BulkAppendResult.NotAccepted(NotAcceptedReason.StorageFailed, "the disk is full");
            case AppendFault.LostBefore:
                return new BulkAppendResult.Unknown("the connection broke");
            case AppendFault.LostAfter:
                await inner.AppendBulk(requests, cancellation);
                return new BulkAppendResult.Unknown("the connection broke");
            case AppendFault.LostAndLate:
                lock (_late)
                    _late.Add(() => inner.AppendBulk(requests, CancellationToken.None));
                return new BulkAppendResult.Unknown("the connection broke");
            default:
                return await inner.AppendBulk(requests, cancellation);
        }
    }

    public Task Restore(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation) => inner.Restore(events, cancellation);

    /// <summary>Writes what was lost and late.</summary>
    public async Task WriteLate()
    {
        List<Func<Task>> late;
        lock (_late)
        {
            late = [.. _late];
            _late.Clear();
        }
        foreach (var write in late)
            await write();
    }

    public async Task<IReadOnlyList<CommittedEvent>> ReadJournal(
        JournalId journal, long afterVersion, int countMax, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _journalReads);
        await Readable();
        return await inner.ReadJournal(journal, afterVersion, countMax, cancellation);
    }

    public async Task<IReadOnlyList<CommittedEvent>> ReadPartition(
        LogPosition after, int countMax, CancellationToken cancellation)
    {
        await Readable();
        return await inner.ReadPartition(after, countMax, cancellation);
    }

    public async Task<IReadOnlyList<long>> ReadHeads(CancellationToken cancellation)
    {
        await Readable();
        return await inner.ReadHeads(cancellation);
    }

    public async Task<IReadOnlyList<CommittedEvent>> FindCommand(
        JournalId journal, Guid commandId, CancellationToken cancellation)
    {
        await OnFind();
        await Readable();
        return await inner.FindCommand(journal, commandId, cancellation);
    }

    private async Task Readable()
    {
        await HoldReads;
        if (ReadsFail)
            throw new EventLogUnavailableException("the connection broke");
    }

    private static AppendResult[] All(IReadOnlyList<AppendRequest> batch, AppendResult result) =>
        [.. batch.Select(_ => result)];
}
