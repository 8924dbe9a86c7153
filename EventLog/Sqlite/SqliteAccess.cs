namespace OrleansEs.EventLog.Sqlite;

/// <summary>What a connection is for.</summary>
internal enum SqliteAccess
{
    /// <summary>Reads; any attempt to write fails.</summary>
    Read,

    /// <summary>The one writer's.</summary>
    Write,
}
