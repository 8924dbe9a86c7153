using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>
/// One open connection and its prepared statements. Used by one thread at a time: the writer's, or whoever rented it.
/// </summary>
internal sealed class SqliteSession(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);

    public SqliteConnection Connection { get; } = connection;

    /// <summary>The transaction under way; null outside of one.</summary>
    public SqliteTransaction? Transaction { get; private set; }

    /// <summary>False once SQLite has ended the transaction by itself, as it does after some errors.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(Connection.Handle) == 0;

    /// <summary>The statement, prepared at its first use, to run in the transaction under way.</summary>
    public SqliteStatement Statement(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements.Add(sql, statement = new SqliteStatement(Connection, sql));
        return statement;
    }

    /// <summary>Runs statements that are not worth keeping, such as DDL.</summary>
    public void ExecuteOnce(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = Transaction;
        command.ExecuteNonQuery();
    }

    /// <summary>Begins a transaction: one that takes the write lock at once, or one that reads a single moment.</summary>
    public SqliteTransaction Begin(bool write) => Transaction = Connection.BeginTransaction(deferred: !write);

    /// <summary>Commits the transaction under way.</summary>
    public void Commit()
    {
        Transaction!.Commit();
        End();
    }

    /// <summary>Forgets the transaction under way, rolling it back when it has not ended.</summary>
    public void End()
    {
        var ended = Transaction;
        Transaction = null;
        ended?.Dispose();
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        Transaction?.Dispose();
        Connection.Dispose();
    }
}
