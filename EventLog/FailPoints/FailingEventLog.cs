namespace OrleansEs.EventLog.FailPoints;

/// <summary>A log whose appends fail as planned: unsent, or committed without an answer.</summary>
internal sealed class FailingEventLog(IEventLogStore inner, FailPointPlan plan) : IEventLogStore
{
    public LogIdentity Identity => inner.Identity;

    public async Task<IReadOnlyList<AppendResult>> AppendBatch(
        IReadOnlyList<AppendRequest> batch, CancellationToken cancellation)
    {
        if (plan.Fails(FailPointNames.BeforeAppend))
            return [.. batch.Select(_ => new AppendResult.NotAccepted(NotAcceptedReason.StorageFailed, "A fail point was passed."))];
        var results = await inner.AppendBatch(batch, cancellation);
        return plan.Fails(FailPointNames.AfterAppend)
            ? [.. batch.Select(_ => new AppendResult.Unknown("A fail point was passed."))]
            : results;
    }

    public async Task<BulkAppendResult> AppendBulk(IReadOnlyList<AppendRequest> requests, CancellationToken cancellation)
    {
        if (plan.Fails(FailPointNames.BeforeAppend))
            return new BulkAppendResult.NotAccepted(NotAcceptedReason.StorageFailed, "A fail point was passed.");
        var result = await inner.AppendBulk(requests, cancellation);
        return plan.Fails(FailPointNames.AfterAppend) ? new BulkAppendResult.Unknown("A fail point was passed.") : result;
    }

    public Task Restore(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation) => inner.Restore(events, cancellation);

    public Task<IReadOnlyList<CommittedEvent>> ReadJournal(
        JournalId journal, long afterVersion, int countMax, CancellationToken cancellation) =>
        inner.ReadJournal(journal, afterVersion, countMax, cancellation);

    public Task<IReadOnlyList<CommittedEvent>> ReadPartition(
        LogPosition after, int countMax, CancellationToken cancellation) => inner.ReadPartition(after, countMax, cancellation);

    public Task<IReadOnlyList<long>> ReadHeads(CancellationToken cancellation) => inner.ReadHeads(cancellation);

    public Task<IReadOnlyList<CommittedEvent>> FindCommand(
        JournalId journal, Guid commandId, CancellationToken cancellation) =>
        inner.FindCommand(journal, commandId, cancellation);
}
