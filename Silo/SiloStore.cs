namespace OrleansEs.Silo;

/// <summary>Which database holds the log.</summary>
public enum SiloStore
{
    /// <summary>One file; one silo.</summary>
    Sqlite,

    /// <summary>A server; as many silos as are started with the same connection string.</summary>
    Postgres,
}
