using Microsoft.Extensions.Logging.Abstractions;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Postgres;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Contracts;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Integration.Stores;

/// <summary>The stores on a new database of a real server.</summary>
internal sealed class PostgresFixture : IStoreFixture
{
    private readonly PostgresBlockages _blockages;
    private readonly PostgresRowCommits _rows;

    private PostgresFixture(string connectionString, PostgresDatabase database, PostgresAppendText text, int? trustAfter)
    {
        ConnectionString = connectionString;
        Database = database;
        _blockages = new PostgresBlockages(database, TimeProvider.System, NullLogger<PostgresBlockages>.Instance);
        var windows = new RowWindows(TimeProvider.System);
        var log = new PostgresEventLog(
            database, _blockages, new PostgresCommits(), windows, TimeProvider.System, NullLogger<PostgresEventLog>.Instance)
        {
            Text = text,
        };
        log.Memory.TrustAfter = trustAfter ?? log.Memory.TrustAfter;
        Log = log;
        Snapshots = new PostgresSnapshotStore(database);
        _rows = new PostgresRowCommits(database, windows, TimeProvider.System);
        ReadModels = new PostgresReadModelStore(database, _rows, TimeProvider.System);
    }

    public string ConnectionString { get; }

    public PostgresDatabase Database { get; }

    public IEventLogStore Log { get; }

    public ISnapshotStore Snapshots { get; }

    public IReadModelStore ReadModels { get; }

    /// <summary>A log in a database of its own.</summary>
    public static async ValueTask<PostgresFixture> Create(PostgresAppendText? text = null, int? trustAfter = null) =>
        await Open(await (await PostgresServer.Shared()).CreateDatabase(), text, trustAfter);

    /// <summary>A log in a given database: another silo's view of it.</summary>
    public static async ValueTask<PostgresFixture> Open(
        string connectionString, PostgresAppendText? text = null, int? trustAfter = null, PostgresSizes? sizes = null)
    {
        var start = new PostgresStart(TimeSpan.FromSeconds(30), TimeProvider.System, NullLogger.Instance);
        var database = await PostgresDatabase.Open(
            connectionString, sizes ?? new PostgresSizes(), start, TestContext.Current.CancellationToken);
        return new PostgresFixture(connectionString, database, text ?? PostgresAppendText.Default, trustAfter);
    }

    public async ValueTask DisposeAsync()
    {
        await _rows.DisposeAsync();
        await _blockages.DisposeAsync();
        await Database.DisposeAsync();
    }
}
