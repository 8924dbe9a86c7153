using System.Data.Common;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.EventLog.FailPoints;

/// <summary>Read models whose commits fail as planned: with everything written, or with everything durable.</summary>
internal sealed class FailingReadModelStore(IReadModelStore inner, FailPointPlan plan) : IReadModelStore
{
    public SqlDialect Dialect => inner.Dialect;

    public Task Install(IProjection projection, CancellationToken cancellation) => inner.Install(projection, cancellation);

    public Task<long> ReadCheckpoint(ReadModelPart part, CancellationToken cancellation) =>
        inner.ReadCheckpoint(part, cancellation);

    public Task<IReadOnlyList<long>> ReadCheckpoints(string name, int version, CancellationToken cancellation) =>
        inner.ReadCheckpoints(name, version, cancellation);

    public Task<IReadOnlyList<long>> ReadCheckpoints(
        DbConnection connection, string name, int version, CancellationToken cancellation) =>
        inner.ReadCheckpoints(connection, name, version, cancellation);

    public async Task<long?> Commit(
        ReadModelPart part, long from, long to, Func<DbTransaction, ValueTask> apply, CancellationToken cancellation)
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

    public Task<T> Query<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation) =>
        inner.Query(query, cancellation);
}
