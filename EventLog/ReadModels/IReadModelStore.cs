using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// Where read models live. Rows and checkpoint move in one transaction, fenced by the old checkpoint (invariant 8).
/// </summary>
public interface IReadModelStore
{
    /// <summary>Which SQL it speaks.</summary>
    SqlDialect Dialect { get; }

    /// <summary>
    /// Applies and moves the position in one transaction, if the checkpoint still is <paramref name="from"/>.
    /// </summary>
    /// <param name="part">The part.</param>
    /// <param name="from">Where the part is thought to be: position and epoch.</param>
    /// <param name="to">The position after it.</param>
    /// <param name="apply">Writes the rows.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    /// <returns>Null when committed; else the checkpoint found, and nothing was written.</returns>
    /// <exception cref="ReadModelGoneException">There is no such part: its build was dropped.</exception>
    Task<ReadModelCheckpoint?> Commit(
        ReadModelPart part, ReadModelCheckpoint from, long to, Func<DbTransaction, ValueTask> apply,
        CancellationToken cancellation);

    /// <summary>
    /// As <see cref="Commit"/>, of rows that are known before: a store may write those of several parts in one transaction.
    /// </summary>
    Task<ReadModelCheckpoint?> CommitRows(
        ReadModelPart part, ReadModelCheckpoint from, long to, RowWrites rows, CancellationToken cancellation) =>
        Commit(part, from, to, transaction => rows.WriteKept(transaction, cancellation), cancellation);

    /// <summary>How far a part has come.</summary>
    /// <exception cref="ReadModelGoneException">There is no such part.</exception>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    Task<ReadModelCheckpoint> ReadCheckpoint(ReadModelPart part, CancellationToken cancellation);

    /// <summary>Runs work in one transaction: all of what it writes is kept, or nothing.</summary>
    /// <param name="work">On SQLite it must not truly wait: its commands complete at once, on the writer's thread.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    Task<T> Write<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation);

    /// <summary>
    /// As <see cref="Write"/>, durable when it returns, and one after the other whoever does it: for tables that come and go,
    /// and for what operators decide. The work is done again when it and somebody else were in each other's way, so it keeps
    /// nothing outside the transaction.
    /// </summary>
    Task<T> Change<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation);

    /// <summary>
    /// Runs a query on a pooled read-only connection, in one read transaction: what it reads is of one moment.
    /// </summary>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    Task<T> Query<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation);

    /// <summary>
    /// As <see cref="Query"/>, of a query that sends all its statements as one batch where the connection can create one
    /// (<see cref="DbConnection.CanCreateBatch"/>): a store whose batches are of one moment by themselves opens no transaction for it.
    /// It asks no other query meanwhile, since it may have to wait for its turn.
    /// </summary>
    Task<T> QueryBatch<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation) => Query(query, cancellation);

    /// <summary>
    /// True when a failure is the database's own, whatever is written: it is gone, full, out of time, or two were in each other's
    /// way. False when what was written is to blame, as when it breaks a constraint.
    /// </summary>
    bool IsOwnFailure(Exception failure);
}

/// <summary>A part of a read model is not there any more, or never was.</summary>
[GenerateSerializer, Alias("eventlog.read-model-gone")]
public sealed class ReadModelGoneException(ReadModelPart part)
    : InvalidOperationException($"The read model part {part.Key} is not installed: its build was dropped, or never begun.");
