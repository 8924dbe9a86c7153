using OrleansEs.EventLog.Hosting;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Integration.Stores;

/// <summary>Where the silos of a test keep their log. It is empty at first, and outlives each of them.</summary>
public sealed class TestStore : IAsyncDisposable
{
    private readonly TemporaryDirectory? _directory;

    private TestStore(TemporaryDirectory? directory, string? connectionString) =>
        (_directory, ConnectionString) = (directory, connectionString);

    /// <summary>How to connect to the database; null on SQLite.</summary>
    public string? ConnectionString { get; }

    /// <summary>The file; null on PostgreSQL.</summary>
    public string? DataPath => _directory?.File("log.db");

    /// <summary>A file in a directory of its own, for one silo at a time.</summary>
    public static TestStore OnSqlite() => new(new TemporaryDirectory(), null);

    /// <summary>A database of a real server, for any number of silos.</summary>
    public static async ValueTask<TestStore> OnPostgres() => new(null, await (await PostgresServer.Shared()).CreateDatabase());

    public ISiloBuilder AddTo(ISiloBuilder silo, Action<EventLogOptions>? configure = null)
    {
        return _directory is null
            ? silo.AddPostgresEventLog(log =>
            {
                log.ConnectionString = ConnectionString!;
                configure?.Invoke(log);
            })
            : silo.AddSqliteEventLog(log =>
            {
                log.DataPath = _directory.File("log.db");
                configure?.Invoke(log);
            });
    }

    public ValueTask DisposeAsync()
    {
        _directory?.Dispose();
        return ValueTask.CompletedTask;
    }
}
