using Microsoft.Data.Sqlite;
using OrleansEs.EventLog;
using OrleansEs.Faults.Harness;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>The floor on SQLite: one prepared insert and one commit for each command, over the one connection that may write.</summary>
internal sealed class RawSqlite : IDepositor
{
    private readonly TempFolder _folder = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly RawLog _log = new();
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;

    public RawSqlite()
    {
        _connection = new SqliteConnection($"Data Source={_folder.File("raw.db")};Pooling=false");
        _connection.Open();
        Execute("pragma journal_mode = wal; pragma synchronous = full;");
        Execute(EmbeddedSql.Read("Sqlite.Schema.sql"));
        for (var partition = 0; partition < RawLog.Partitions; partition++)
            Execute($"insert into log_partition values ({partition}, 0, 0)");
        _insert = _connection.CreateCommand();
        _insert.CommandText = $"insert into log_event ({RawRow.Columns}) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        for (var number = 1; number <= 12; number++)
            _insert.Parameters.Add(new SqliteParameter($"?{number}", null));
        _insert.Prepare();
    }

    public IReadOnlyList<int> Processes => [];

    public async Task Deposit(int account, long cents)
    {
        var row = _log.Next(account, cents);
        object[] values =
        [
            row.Partition, row.Position, row.Journal, row.Version, row.CommandId.ToByteArray(bigEndian: true), 0, RawRow.Type, 1,
            "json", row.Payload, row.Metadata, row.RecordedAt,
        ];
        await _turn.WaitAsync();
        try
        {
            for (var index = 0; index < values.Length; index++)
                _insert.Parameters[index].Value = values[index];
            _insert.ExecuteNonQuery();
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<IReadOnlyList<Stored>?> Read() => _log.InOrder(await LogCheck.Read(_connection, heads: false));

    public ValueTask DisposeAsync()
    {
        _insert.Dispose();
        _connection.Dispose();
        _turn.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
