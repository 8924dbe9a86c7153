using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Contracts;

namespace OrleansEs.Integration.Stores;

/// <summary>Two silos' views of one log on PostgreSQL, which append in turn and build on what they remember at once.</summary>
internal sealed class TakingTurnsFixture : IStoreFixture
{
    private readonly PostgresFixture _one;
    private readonly PostgresFixture _other;

    private TakingTurnsFixture(PostgresFixture one, PostgresFixture other) =>
        (_one, _other, Log) = (one, other, new TurnsLog(one.Log, other.Log));

    public IEventLogStore Log { get; }

    public ISnapshotStore Snapshots => _one.Snapshots;

    public IReadModelStore ReadModels => _one.ReadModels;

    public static async Task<TakingTurnsFixture> Create()
    {
        var one = await PostgresFixture.Create(trustAfter: 0);
        return new TakingTurnsFixture(one, await PostgresFixture.Open(one.ConnectionString, trustAfter: 0));
    }

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await _one.DisposeAsync();
    }

    private sealed class TurnsLog(IEventLogStore one, IEventLogStore other) : IEventLogStore
    {
        private int _turns;

        public LogIdentity Identity => one.Identity;

        public Task<IReadOnlyList<AppendResult>> AppendBatch(IReadOnlyList<AppendRequest> batch, CancellationToken cancellation) =>
            Next().AppendBatch(batch, cancellation);

        public Task<BulkAppendResult> AppendBulk(IReadOnlyList<AppendRequest> requests, CancellationToken cancellation) =>
            Next().AppendBulk(requests, cancellation);

        public Task Restore(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation) =>
            Next().Restore(events, cancellation);

        public Task<IReadOnlyList<CommittedEvent>> ReadJournal(
            JournalId journal, long afterVersion, int countMax, CancellationToken cancellation) =>
            Next().ReadJournal(journal, afterVersion, countMax, cancellation);

        public Task<IReadOnlyList<CommittedEvent>> ReadPartition(
            LogPosition after, int countMax, CancellationToken cancellation) => Next().ReadPartition(after, countMax, cancellation);

        public Task<IReadOnlyList<long>> ReadHeads(CancellationToken cancellation) => Next().ReadHeads(cancellation);

        public Task<IReadOnlyList<CommittedEvent>> FindCommand(
            JournalId journal, Guid commandId, CancellationToken cancellation) =>
            Next().FindCommand(journal, commandId, cancellation);

        private IEventLogStore Next() => Interlocked.Increment(ref _turns) % 2 == 0 ? one : other;
    }
}
