namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// The code that fills a read model. One class and one registration line make a read model; the engine does catch-up,
/// live push, checkpoint, fence and hole repair. A projection has no clock, no randomness and no I/O but the transaction
/// it is given. It runs once for each partition, each with a checkpoint of its own: rows are keyed so that two
/// partitions never write the same row (a journal lives in one partition), or carry the partition in their key.
/// SQL names its tables in braces (<see cref="ReadModelTables"/>), so that a rebuild can fill others beside them.
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
    /// False when it looks at no event's content: events are not decoded for it then, which costs more than most rows, and it is
    /// given those as well that nobody here can decode.
    /// </summary>
    bool ReadsContent => true;

    /// <summary>
    /// DDL for its tables, and for their indexes, each named in braces: <c>create table {ticket} (…)</c>. It runs once for
    /// each build.
    /// </summary>
    string Schema(SqlDialect dialect);

    /// <summary>Applies events, in order.</summary>
    /// <param name="events">What happened; all of one partition.</param>
    /// <param name="writes">
    /// Takes the rows. What was added is written after this returns; the transaction is there for what needs more.
    /// </param>
    /// <param name="cancellation">Gives up; nothing is kept.</param>
    /// <remarks>On SQLite it must not truly wait: its commands complete at once, on the writer's thread.</remarks>
    ValueTask Apply(IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation);

    /// <summary>
    /// Takes all rows of one journal away, so that they can be made again from its events: rebuilding one key. A read model
    /// whose rows of one journal cannot be told from those of others leaves this out, and is rebuilt as a whole.
    /// </summary>
    /// <param name="journal">The journal.</param>
    /// <param name="writes">The transaction and the tables.</param>
    /// <param name="cancellation">Gives up; nothing is kept.</param>
    /// <exception cref="NotSupportedException">It cannot be rebuilt by key.</exception>
    ValueTask Remove(JournalId journal, RowWrites writes, CancellationToken cancellation) => throw new NotSupportedException(
        $"The read model '{Name}' cannot take the rows of one journal away. Rebuild it as a whole.");
}

/// <summary>A committed event with its decoded content.</summary>
/// <param name="Committed">Where it stands and what is known of it.</param>
/// <param name="Content">
/// The event itself; null when the projection handles all types and this one is the log's own, or when it reads no content.
/// </param>
public sealed record ProjectedEvent(CommittedEvent Committed, object? Content);

/// <summary>Which database the SQL is for.</summary>
public enum SqlDialect
{
    /// <summary>SQLite.</summary>
    Sqlite,

    /// <summary>PostgreSQL.</summary>
    Postgres,
}
