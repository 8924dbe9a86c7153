using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>Tells which SQL a connection speaks.</summary>
public static class SqlDialectExtensions
{
    /// <summary>The dialect of a connection that a projection or a query was given.</summary>
    /// <exception cref="ArgumentException">The connection belongs to neither database.</exception>
    // By the driver's namespace: this room knows both databases and none of their drivers.
    public static SqlDialect Dialect(this DbConnection connection) => connection.GetType().Namespace switch
    {
        "Microsoft.Data.Sqlite" => SqlDialect.Sqlite,
        "Npgsql" => SqlDialect.Postgres,
        _ => throw new ArgumentException(
            $"{connection.GetType()} is a connection neither to SQLite nor to PostgreSQL.", nameof(connection)),
    };
}
