using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.ReadSide;

/// <summary>Remembers when every part was committed, and counts queries, on all silos of a cluster.</summary>
internal sealed class ReadModelWatch
{
    private long _queries;
    private long _looks;

    public ConcurrentQueue<(int Partition, long To, long At)> Commits { get; } = [];

    public long Queries => Interlocked.Read(ref _queries);

    public long Looks => Interlocked.Read(ref _looks);

    public void AddTo(ISiloBuilder silo)
    {
        var registered = silo.Services.Single(service => service.ServiceType == typeof(IReadModelStore));
        silo.Services.Remove(registered);
        silo.Services.AddSingleton<IReadModelStore>(provider => new Store(
            this, (IReadModelStore)ActivatorUtilities.CreateInstance(provider, registered.ImplementationType!)));
    }

    private sealed class Store(ReadModelWatch watch, IReadModelStore inner) : IReadModelStore
    {
        public SqlDialect Dialect => inner.Dialect;

        public async Task<ReadModelCheckpoint?> Commit(
            ReadModelPart part, ReadModelCheckpoint from, long to, Func<DbTransaction, ValueTask> apply,
            CancellationToken cancellation)
        {
            var found = await inner.Commit(part, from, to, apply, cancellation);
            if (found is null)
                watch.Commits.Enqueue((part.Partition, to, Stopwatch.GetTimestamp()));
            return found;
        }

        public Task<ReadModelCheckpoint> ReadCheckpoint(ReadModelPart part, CancellationToken cancellation)
        {
            Interlocked.Increment(ref watch._looks);
            return inner.ReadCheckpoint(part, cancellation);
        }

        public Task<T> Write<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation) =>
            inner.Write(work, cancellation);

        public Task<T> Change<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation) =>
            inner.Change(work, cancellation);

        public bool IsOwnFailure(Exception failure) => inner.IsOwnFailure(failure);

        public Task<T> Query<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation)
        {
            Interlocked.Increment(ref watch._queries);
            return inner.Query(query, cancellation);
        }

        public Task<T> QueryBatch<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation)
        {
            Interlocked.Increment(ref watch._queries);
            return inner.QueryBatch(query, cancellation);
        }
    }
}
