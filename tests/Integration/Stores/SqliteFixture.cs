using Microsoft.Extensions.Logging.Abstractions;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.EventLog.Sqlite;
using OrleansEs.Integration.Contracts;

namespace OrleansEs.Integration.Stores;

/// <summary>The stores on a SQLite file in a temporary directory.</summary>
internal sealed class SqliteFixture : IStoreFixture
{
    private readonly SqliteDatabase _database;
    private readonly SqliteWriter _writer;
    private readonly SqliteReaders _readers;

    public SqliteFixture(TemporaryDirectory? directory = null, int partitions = 8)
    {
        Directory = directory ?? new TemporaryDirectory();
        _database = SqliteDatabase.Open(Directory.File("log.db"), partitions);
        _writer = new SqliteWriter(_database, new RowWindows(TimeProvider.System), TimeProvider.System, NullLogger<SqliteWriter>.Instance);
        _readers = new SqliteReaders(_database, connectionsMax: 8);
        Log = new SqliteEventLog(_database, _writer, _readers, TimeProvider.System);
        Snapshots = new SqliteSnapshotStore(_writer, _readers);
        ReadModels = new SqliteReadModelStore(_writer, _readers, TimeProvider.System);
    }

    public TemporaryDirectory Directory { get; }

    public SqliteWriter Writer => _writer;

    public IEventLogStore Log { get; }

    public ISnapshotStore Snapshots { get; }

    public IReadModelStore ReadModels { get; }

    public ValueTask DisposeAsync()
    {
        _readers.Dispose();
        _writer.Dispose();
        _database.Dispose();
        Directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
