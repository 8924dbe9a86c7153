using System.Data.Common;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.EventLog.FailPoints;

/// <summary>Read models whose commits fail as planned: with everything written, or with everything durable.</summary>
internal sealed class FailingReadModelStore(IReadModelStore inner, FailPointPlan plan) : IReadModelStore
{
    public SqlDialect Dialect => inner.Dialect;

    public async Task<ReadModelCheckpoint?> Commit(
        ReadModelPart part, ReadModelCheckpoint from, long to, Func<DbTransaction, ValueTask> apply,
        CancellationToken cancellation)
    {
        var found = await inner.Commit(
            part,
            from,
            to,
            async transaction =>
            {
                await apply(transaction);
                if (plan.Fails(FailPointNames.BeforeCheckpoint))
                    throw new EventLogUnavailableException("A fail point was passed.");
            },
            cancellation);
        return plan.Fails(FailPointNames.AfterCheckpoint)
            ? throw new OutcomeUnknownException("A fail point was passed.")
            : found;
    }

    public Task<ReadModelCheckpoint> ReadCheckpoint(ReadModelPart part, CancellationToken cancellation) =>
        inner.ReadCheckpoint(part, cancellation);

    public Task<T> Write<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation) =>
        inner.Write(work, cancellation);

    public Task<T> Change<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation) =>
        inner.Change(work, cancellation);

    public Task<T> Query<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation) =>
        inner.Query(query, cancellation);

    public Task<T> QueryBatch<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation) =>
        inner.QueryBatch(query, cancellation);

    public bool IsOwnFailure(Exception failure) => inner.IsOwnFailure(failure);
}
