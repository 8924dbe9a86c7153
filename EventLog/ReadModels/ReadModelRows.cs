using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// The rows of a read model as a query sees them: those of the build that is live, in one read transaction.
/// </summary>
/// <param name="Connection">A read-only connection; it must not be closed or kept.</param>
/// <param name="Tables">The tables.</param>
/// <param name="Version">The version of the projection that fills them.</param>
public sealed record ReadModelRows(DbConnection Connection, ReadModelTables Tables, int Version)
{
    /// <summary>Which SQL the database speaks.</summary>
    public SqlDialect Dialect { get; init; } = Connection.Dialect();

    /// <summary>A command whose text has the names of the tables in place of the braces.</summary>
    /// <param name="text">SQL, a constant of the program.</param>
    public DbCommand Command(string text) => Connection.Command(Tables.Sql(text));

    /// <summary>Runs statements that are known before, at the moment of the query: on PostgreSQL in one round trip.</summary>
    /// <param name="query">The statements, and what is made of their answers.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<T> Read<T>(ReadModelQuery<T> query, CancellationToken cancellation)
    {
        await using var results = new ReadModelResults(Connection, Dialect, [.. query.Statements(Tables, Dialect)], cancellation);
        return await query.Read(results);
    }

    /// <summary>
    /// Reads events of the log at the moment of the query, so that rows need not hold copies of what they were made of.
    /// </summary>
    /// <param name="places">Where they are.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The events, in the order of their places.</returns>
    /// <exception cref="EventLogCorruptException">There is no event at one of them.</exception>
    public Task<IReadOnlyList<CommittedEvent>> ReadEvents(
        IReadOnlyList<LogPosition> places, CancellationToken cancellation) =>
        LoggedEvents.Read(this, places, cancellation);
}
