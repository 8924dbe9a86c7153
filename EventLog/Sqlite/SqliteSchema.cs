namespace OrleansEs.EventLog.Sqlite;

/// <summary>Installs the tables of the log once, and refuses every database that is not just the one expected.</summary>
internal static class SqliteSchema
{
    /// <summary>The version of the tables that this code reads and writes.</summary>
    public const int Version = 2;

    /// <summary>Checks the tables, or makes them in a database that has none, in one transaction.</summary>
    /// <param name="session">A connection that may write.</param>
    /// <param name="path">The file, for people.</param>
    /// <param name="partitions">How many partitions the log must have; null for 8 of a new one, and any of another.</param>
    /// <exception cref="EventLogStartException">The database is not ours, or of another schema or partition count.</exception>
    public static LogIdentity Install(SqliteSession session, string path, int? partitions)
    {
        session.Begin(write: true);
        try
        {
            if (IsEmpty(session))
                Create(session, LogMeta.PartitionsOfNew(partitions));
            else
                RefuseForeign(session, path);
            if (LogMeta.IsFirst(key => Meta(session, key)))
                Upgrade(session);
            var identity = LogMeta.Identify(path, key => Meta(session, key), Version, partitions);
            session.Commit();
            return identity;
        }
        finally
        {
            session.End();
        }
    }

    private static bool IsEmpty(SqliteSession session) => Count(session, "select count(*) from sqlite_schema") == 0;

    private static void Create(SqliteSession session, int partitions)
    {
        session.ExecuteOnce(EmbeddedSql.Read("Sqlite.Schema.sql"));
        session.ExecuteOnce(EmbeddedSql.Read("Sqlite.ReadModelSchema.sql"));
        foreach (var (key, value) in LogMeta.OfNew(Version, partitions))
            WriteMeta(session, key, value);
        for (var partition = 0; partition < partitions; partition++)
            session.Statement("insert into log_partition (partition, head, recorded_at) values (@partition, 0, 0)")
                .Set("@partition", partition).Execute();
    }

    // Schema 1 kept checkpoints by version of a read model. What follows from the log is made again from it; the log stays.
    private static void Upgrade(SqliteSession session)
    {
        session.ExecuteOnce("drop table read_model_checkpoint");
        session.ExecuteOnce(EmbeddedSql.Read("Sqlite.ReadModelSchema.sql"));
        session.ExecuteOnce("update log_meta set value = '2' where key = 'schema'");
    }

    private static void RefuseForeign(SqliteSession session, string path)
    {
        if (Count(session, "select count(*) from sqlite_schema where type = 'table' and name = 'log_meta'") == 0)
            throw new EventLogStartException(
                $"The database '{path}' holds tables, but no log.", "Name another file; this one was left as it is.");
    }

    private static string? Meta(SqliteSession session, string key) =>
        session.Statement("select value from log_meta where key = @key").Set("@key", key).Scalar() as string;

    private static void WriteMeta(SqliteSession session, string key, string value) =>
        session.Statement("insert into log_meta (key, value) values (@key, @value)")
            .Set("@key", key).Set("@value", value).Execute();

    private static long Count(SqliteSession session, string sql) => (long)session.Statement(sql).Scalar()!;
}
