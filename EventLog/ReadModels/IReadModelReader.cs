namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// How a query grain reads a read model: it waits for read tokens, and each answer says which positions it reflects, so
/// that no stale answer goes without a label (invariant 12). A singleton of the silo.
/// </summary>
public interface IReadModelReader
{
    /// <summary>
    /// Waits, without polling, until the live version of a read model has applied all of the given places, or the timeout
    /// has passed.
    /// </summary>
    /// <param name="name">The read model.</param>
    /// <param name="after">The read tokens; none means no wait.</param>
    /// <param name="timeout">How long to wait at most; zero only looks.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>True when all are applied; false when the time was up.</returns>
    /// <exception cref="ArgumentException">No such read model, or a token names a partition that the log has not.</exception>
    Task<bool> WaitFor(
        string name, IReadOnlyCollection<LogPosition> after, TimeSpan timeout, CancellationToken cancellation);

    /// <summary>
    /// Waits as <see cref="WaitFor"/> does, then runs a query in one read transaction together with the read of the
    /// positions it reflects.
    /// </summary>
    /// <param name="name">The read model.</param>
    /// <param name="after">The read tokens that the answer is to include; none means whatever is there.</param>
    /// <param name="timeout">How long to wait at most; then the answer is labelled stale.</param>
    /// <param name="query">The query, on the rows of the live build.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ArgumentException">No such read model, or a token names a partition that the log has not.</exception>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    Task<ReadModelAnswer<T>> Query<T>(
        string name,
        IReadOnlyCollection<LogPosition> after,
        TimeSpan timeout,
        Func<ReadModelRows, Task<T>> query,
        CancellationToken cancellation);

    /// <summary>
    /// As the other one, of a query whose statements are known before it runs: on PostgreSQL all of it, with the read of the positions
    /// it reflects, takes one round trip. Whatever can be asked like this should be.
    /// </summary>
    /// <param name="name">The read model.</param>
    /// <param name="after">The read tokens that the answer is to include; none means whatever is there.</param>
    /// <param name="timeout">How long to wait at most; then the answer is labelled stale.</param>
    /// <param name="query">The query, on the rows of the live build.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ArgumentException">No such read model, or a token names a partition that the log has not.</exception>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    Task<ReadModelAnswer<T>> Query<T>(
        string name,
        IReadOnlyCollection<LogPosition> after,
        TimeSpan timeout,
        ReadModelQuery<T> query,
        CancellationToken cancellation) =>
        Query(name, after, timeout, rows => rows.Read(query, cancellation), cancellation);
}

/// <summary>What a query of a read model found, and what it reflects.</summary>
/// <typeparam name="T">What was asked for.</typeparam>
/// <param name="Value">The answer.</param>
/// <param name="Positions">The last place applied in every partition, by partition.</param>
/// <param name="Stale">True when a place that was asked for, or had been shown before, is not included.</param>
/// <param name="Parked">
/// How many journals are parked since one of their events cannot be applied: of these the positions do not hold.
/// </param>
public sealed record ReadModelAnswer<T>(T Value, IReadOnlyList<LogPosition> Positions, bool Stale, int Parked);
