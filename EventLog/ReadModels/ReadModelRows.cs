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
    /// <summary>A command whose text has the names of the tables in place of the braces.</summary>
    /// <param name="text">SQL, a constant of the program.</param>
    public DbCommand Command(string text) => Connection.Command(Tables.Sql(text));
}
