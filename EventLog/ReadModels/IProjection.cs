using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// The code that fills a read model. One class and one registration line make a read model; the engine does catch-up,
/// live push, checkpoint, fence and hole repair. A projection has no clock, no randomness and no I/O but the transaction
/// it is given. It runs once for each partition, each with a checkpoint of its own: rows are keyed so that two
/// partitions never write the same row (a journal lives in one partition), or carry the partition in their key.
/// </summary>
public interface IProjection
{
    /// <summary>The read model's name: lower-case letters, digits and dashes.</summary>
    string Name { get; }

    /// <summary>Its version, from 1. Another version has tables of its own and is built from the beginning of the log.</summary>
    int Version { get; }

    /// <summary>The event types it handles; an empty list means all. Others only move the checkpoint.</summary>
    IReadOnlyCollection<Type> Handles { get; }

    /// <summary>
    /// Idempotent DDL (<c>create table if not exists</c>) for its tables.
    /// </summary>
    string Schema(SqlDialect dialect);

    /// <summary>Applies events, in order, inside the given transaction.</summary>
    /// <remarks>On SQLite it must not truly wait: its commands complete at once, on the writer's thread.</remarks>
    ValueTask Apply(IReadOnlyList<ProjectedEvent> events, DbTransaction transaction, CancellationToken cancellation);
}

/// <summary>A committed event with its decoded content.</summary>
/// <param name="Committed">Where it stands and what is known of it.</param>
/// <param name="Content">The event itself; null when the projection handles all types and this one is the log's own.</param>
public sealed record ProjectedEvent(CommittedEvent Committed, object? Content);

/// <summary>Which database the SQL is for.</summary>
public enum SqlDialect
{
    /// <summary>SQLite.</summary>
    Sqlite,

    /// <summary>PostgreSQL.</summary>
    Postgres,
}

/// <summary>
/// Where read models live. Rows and checkpoint move in one transaction, fenced by the old checkpoint (invariant 8).
/// </summary>
public interface IReadModelStore
{
    /// <summary>Which SQL it speaks.</summary>
    SqlDialect Dialect { get; }

    /// <summary>Installs a projection's tables and its checkpoint rows; harmless when they exist.</summary>
    Task Install(IProjection projection, CancellationToken cancellation);

    /// <summary>The position up to which a read model has applied a partition; 0 before the first.</summary>
    Task<long> ReadCheckpoint(ReadModelPart part, CancellationToken cancellation);

    /// <summary>The checkpoints of one read model, indexed by partition.</summary>
    Task<IReadOnlyList<long>> ReadCheckpoints(string name, int version, CancellationToken cancellation);

    /// <summary>The same, on the connection of a <see cref="Query"/> and in its transaction.</summary>
    Task<IReadOnlyList<long>> ReadCheckpoints(
        DbConnection connection, string name, int version, CancellationToken cancellation);

    /// <summary>
    /// Applies and moves the checkpoint in one transaction, if the checkpoint still is <paramref name="from"/>.
    /// </summary>
    /// <returns>Null when committed; else the checkpoint found, and nothing was written.</returns>
    Task<long?> Commit(
        ReadModelPart part, long from, long to, Func<DbTransaction, ValueTask> apply, CancellationToken cancellation);

    /// <summary>
    /// Runs a query on a pooled read-only connection, in one read transaction: what it reads is of one moment.
    /// </summary>
    Task<T> Query<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation);
}

/// <summary>One partition's share of a read model: the unit that has a checkpoint and a grain.</summary>
/// <param name="Name">The read model.</param>
/// <param name="Version">Its version.</param>
/// <param name="Partition">The partition of the log.</param>
public readonly record struct ReadModelPart(string Name, int Version, int Partition)
{
    /// <summary>The key of its grain and of its stream: <c>accounts/1/3</c>.</summary>
    public string Key => $"{Name}/{Version}/{Partition}";
}
