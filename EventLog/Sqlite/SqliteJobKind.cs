namespace OrleansEs.EventLog.Sqlite;

/// <summary>What the writer may do with a job.</summary>
internal enum SqliteJobKind
{
    /// <summary>Somebody's command waits for it, so it goes ahead of the others. It may be run again.</summary>
    Append,

    /// <summary>Writes what was known before, and looks at nothing but the database: it may be run again.</summary>
    Rows,

    /// <summary>Runs code of others, which may remember that it ran: it is run once.</summary>
    Other,
}
