using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>The rows of a statement that runs, one after the other. Disposing it resets the statement.</summary>
internal readonly struct SqliteRowReader(sqlite3 database, sqlite3_stmt statement) : IDisposable
{
    /// <summary>Goes to the next row; false at the end.</summary>
    public bool Read()
    {
        var code = raw.sqlite3_step(statement);
        SqliteException.ThrowExceptionForRC(code, database);
        return code == raw.SQLITE_ROW;
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    public long GetInt64(int column) => raw.sqlite3_column_int64(statement, column);

    public int GetInt32(int column) => checked((int)GetInt64(column));

    public string GetString(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    /// <summary>The bytes of a blob, or of a text as it is encoded.</summary>
    public byte[] GetBytes(int column) => raw.sqlite3_column_blob(statement, column).ToArray();

    /// <summary>A value of the type that it has in the row; null for null.</summary>
    public object? GetValue(int column) => raw.sqlite3_column_type(statement, column) switch
    {
        raw.SQLITE_NULL => null,
        raw.SQLITE_INTEGER => GetInt64(column),
        raw.SQLITE_FLOAT => raw.sqlite3_column_double(statement, column),
        raw.SQLITE_TEXT => GetString(column),
        _ => GetBytes(column),
    };

    // What it answers was thrown by the step that failed.
    public void Dispose() => raw.sqlite3_reset(statement);
}
