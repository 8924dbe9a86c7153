using OrleansEs.EventLog;

namespace OrleansEs.Benchmarks.Micro;

/// <summary>A store that keeps nothing and answers at once, so that what is left is the cost of the way to it.</summary>
internal sealed class InstantStore : IEventLogStore
{
    public LogIdentity Identity { get; } = new(Guid.Empty, Contenders.RawLog.Partitions, 1);

    public Task<IReadOnlyList<AppendResult>> AppendBatch(IReadOnlyList<AppendRequest> batch, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<AppendResult>>(
            AppendResult.ForAll(batch, new AppendResult.Appended(new LogPosition(0, 1), 1, DateTimeOffset.UnixEpoch)));

    public Task<BulkAppendResult> AppendBulk(IReadOnlyList<AppendRequest> requests, CancellationToken cancellation) =>
        Task.FromResult<BulkAppendResult>(new BulkAppendResult.Appended(
            [.. requests.Select(_ => new AppendResult.Appended(new LogPosition(0, 1), 1, DateTimeOffset.UnixEpoch))]));

    public Task Restore(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation) => Task.CompletedTask;

    public Task<IReadOnlyList<CommittedEvent>> ReadJournal(
        JournalId journal, long afterVersion, int countMax, CancellationToken cancellation) => Nothing();

    public Task<IReadOnlyList<CommittedEvent>> ReadPartition(LogPosition after, int countMax, CancellationToken cancellation) => Nothing();

    public Task<IReadOnlyList<long>> ReadHeads(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<long>>(new long[Identity.Partitions]);

    public Task<IReadOnlyList<CommittedEvent>> FindCommand(JournalId journal, Guid commandId, CancellationToken cancellation) => Nothing();

    private static Task<IReadOnlyList<CommittedEvent>> Nothing() => Task.FromResult<IReadOnlyList<CommittedEvent>>([]);
}
