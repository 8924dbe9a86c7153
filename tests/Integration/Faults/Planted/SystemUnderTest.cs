using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using System.Diagnostics.Metrics;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Postgres;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.Faults.Planted;

/// <summary>The faults that are planted, each of a kind that event stores have had.</summary>
public enum PlantedFault
{
    /// <summary>Nothing: the system as it is.</summary>
    None,

    /// <summary>A command id that is in the journal is not looked for.</summary>
    DedupeOff,

    /// <summary>An append is acknowledged before its commit.</summary>
    AcknowledgedBeforeCommit,

    /// <summary>A checkpoint moves in another transaction than the rows.</summary>
    CheckpointInAnotherTransaction,

    /// <summary>A checkpoint moves wherever it stood.</summary>
    FenceOff,

    /// <summary>An append whose answer was lost is sent again as if it were another one.</summary>
    UnconditionalRetry,

    /// <summary>What is pushed is taken for all there is.</summary>
    PushesTrusted,
}

/// <summary>Two silos' views of one log on PostgreSQL, with one fault planted.</summary>
internal sealed class SystemUnderTest : IAsyncDisposable
{
    private readonly PostgresFixture _silo;
    private readonly PostgresFixture _other;
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly PlantedFault _fault;

    private SystemUnderTest(PostgresFixture silo, PostgresFixture other, PlantedFault fault)
    {
        (_silo, _other, _fault) = (silo, other, fault);
        Log = fault == PlantedFault.AcknowledgedBeforeCommit ? new HastyLog(silo.Log) : silo.Log;
        ReadModels = fault is PlantedFault.CheckpointInAnotherTransaction or PlantedFault.FenceOff
            ? new LooseReadModelStore(silo.ReadModels, fault)
            : silo.ReadModels;
    }

    public IEventLogStore Log { get; }

    /// <summary>The log as another silo sees it.</summary>
    public IEventLogStore OtherSilo => _other.Log;

    public IReadModelStore ReadModels { get; }

    public static async Task<SystemUnderTest> Create(PlantedFault fault)
    {
        var text = PostgresAppendText.Default;
        if (fault == PlantedFault.DedupeOff)
        {
            text = text with { Write = text.Write.Replace("not applied and ", "", StringComparison.Ordinal)
                .Replace("j.applied", "false", StringComparison.Ordinal) };
        }
        var silo = await PostgresFixture.Create(text);
        return new SystemUnderTest(silo, await PostgresFixture.Open(silo.ConnectionString, text), fault);
    }

    /// <summary>The way in, over a log that may lose answers.</summary>
    public IEventLogAppender Appender(IEventLogStore log)
    {
        var appender = new GroupCommitAppender(
            log, new CommitSignal(log.Identity.Partitions), new AppendLimits(100, 10, 10, 1_000, TimeSpan.FromSeconds(5)),
            new EventLogMeter(_services.GetRequiredService<IMeterFactory>()), TimeProvider.System);
        return _fault == PlantedFault.UnconditionalRetry ? new StubbornAppender(appender) : appender;
    }

    /// <summary>What a follower is given of what was pushed.</summary>
    public IReadOnlyList<CommittedEvent> Push(IReadOnlyList<CommittedEvent> pushed, long after) =>
        _fault != PlantedFault.PushesTrusted
            ? pushed
            : [.. pushed.Select((one, index) => one with { At = one.At with { Position = after + index + 1 } })];

    public async ValueTask DisposeAsync()
    {
        if (Log is HastyLog hasty)
            await hasty.Written;
        await _other.DisposeAsync();
        await _silo.DisposeAsync();
        await _services.DisposeAsync();
    }

    private sealed class HastyLog(IEventLogStore inner) : IEventLogStore
    {
        public Task Written { get; private set; } = Task.CompletedTask;

        public LogIdentity Identity => inner.Identity;

        public Task<IReadOnlyList<AppendResult>> AppendBatch(IReadOnlyList<AppendRequest> batch, CancellationToken cancellation)
        {
            Written = Later(Written, batch);
            return Task.FromResult<IReadOnlyList<AppendResult>>([.. batch.Select(request => new AppendResult.Appended(
                default, request.ExpectedVersion + request.Events.Count, DateTimeOffset.UnixEpoch))]);
        }

        public Task<BulkAppendResult> AppendBulk(IReadOnlyList<AppendRequest> requests, CancellationToken cancellation) =>
            inner.AppendBulk(requests, cancellation);

        public Task Restore(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation) =>
            inner.Restore(events, cancellation);

        public async Task<IReadOnlyList<CommittedEvent>> ReadJournal(
            JournalId journal, long afterVersion, int countMax, CancellationToken cancellation)
        {
            await Written;
            return await inner.ReadJournal(journal, afterVersion, countMax, cancellation);
        }

        public Task<IReadOnlyList<CommittedEvent>> ReadPartition(
            LogPosition after, int countMax, CancellationToken cancellation) => inner.ReadPartition(after, countMax, cancellation);

        public Task<IReadOnlyList<long>> ReadHeads(CancellationToken cancellation) => inner.ReadHeads(cancellation);

        public Task<IReadOnlyList<CommittedEvent>> FindCommand(
            JournalId journal, Guid commandId, CancellationToken cancellation) =>
            inner.FindCommand(journal, commandId, cancellation);

        private async Task Later(Task before, IReadOnlyList<AppendRequest> batch)
        {
            await before;
            await inner.AppendBatch(batch, CancellationToken.None);
        }
    }

    private sealed class LooseReadModelStore(IReadModelStore inner, PlantedFault fault) : IReadModelStore
    {
        public SqlDialect Dialect => inner.Dialect;

        public async Task<ReadModelCheckpoint?> Commit(
            ReadModelPart part, ReadModelCheckpoint from, long to, Func<DbTransaction, ValueTask> apply,
            CancellationToken cancellation)
        {
            if (fault == PlantedFault.FenceOff)
                return await inner.Commit(part, await inner.ReadCheckpoint(part, cancellation), to, apply, cancellation);
            var found = await inner.Commit(part, from, to, static _ => default, cancellation);
            return found ?? await inner.Commit(part, @from with { Position = to }, to, apply, cancellation);
        }

        public Task<ReadModelCheckpoint> ReadCheckpoint(ReadModelPart part, CancellationToken cancellation) =>
            inner.ReadCheckpoint(part, cancellation);

        public Task<T> Write<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation) =>
            inner.Write(work, cancellation);

        public Task<T> Change<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation) =>
            inner.Change(work, cancellation);

        public Task<T> Query<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation) =>
            inner.Query(query, cancellation);

        public bool IsOwnFailure(Exception failure) => inner.IsOwnFailure(failure);
    }

    private sealed class StubbornAppender(IEventLogAppender inner) : IEventLogAppender
    {
        public async Task<AppendResult> Append(AppendRequest request, TimeSpan timeout, CancellationToken cancellation)
        {
            for (var version = request.ExpectedVersion; ; version++)
            {
                var commandId = version == request.ExpectedVersion ? request.CommandId : Guid.NewGuid();
                var result = await inner.Append(
                    request with { ExpectedVersion = version, CommandId = commandId }, timeout, cancellation);
                if (result is not AppendResult.Unknown)
                    return result;
            }
        }
    }
}
