using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>A prepared statement with its parameters by name. It belongs to one connection and one thread at a time.</summary>
/// <remarks>
/// It speaks to SQLite past ADO.NET, which looks for the place of every parameter and makes objects each time it runs a command:
/// that takes a third of the time in which SQLite itself writes an event.
/// Invariant: a statement that is not being read is reset, so that it holds up no commit and no checkpoint.
/// </remarks>
internal sealed class SqliteStatement : IDisposable
{
    // Texts of up to as many bytes are encoded on the stack.
    private const int ShortTextBytes = 512;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    /// <summary>Prepares a text of one statement.</summary>
    /// <exception cref="SqliteException">It is wrong, or names what is not there.</exception>
    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        for (var place = 1; place <= raw.sqlite3_bind_parameter_count(_statement); place++)
            _places.Add(raw.sqlite3_bind_parameter_name(_statement, place).utf8_to_string(), place);
    }

    public SqliteStatement Set(string parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, _places[parameter], value));
        return this;
    }

    public SqliteStatement Set(string parameter, string? value)
    {
        Check(BindText(_places[parameter], value));
        return this;
    }

    public SqliteStatement Set(string parameter, ReadOnlySpan<byte> value)
    {
        Check(BindBytes(_places[parameter], value));
        return this;
    }

    /// <summary>The place of a parameter for <see cref="SetAt"/>; 0 when the statement does not use it.</summary>
    public int PlaceOf(string parameter) => _places.GetValueOrDefault(parameter);

    /// <summary>Sets a parameter by its place to a value of any type that a row of a read model may have.</summary>
    public void SetAt(int place, object? value) => Check(value switch
    {
        null => raw.sqlite3_bind_null(_statement, place),
        string text => BindText(place, text),
        long number => raw.sqlite3_bind_int64(_statement, place, number),
        int number => raw.sqlite3_bind_int64(_statement, place, number),
        byte[] bytes => BindBytes(place, bytes),
        _ => throw new ArgumentException(
            $"A row holds text, whole numbers of 32 or 64 bits and bytes, no {value.GetType()}.", nameof(value)),
    });

    /// <summary>Runs it to its end.</summary>
    /// <returns>How many rows it changed, if it changes any.</returns>
    public int Execute()
    {
        using var rows = Read();
        while (rows.Read())
        {
            // Such as what a pragma answers.
        }
        return raw.sqlite3_changes(_database);
    }

    /// <summary>The first value of the first row; null when there is no row or the value is null.</summary>
    public object? Scalar()
    {
        using var rows = Read();
        return rows.Read() ? rows.GetValue(0) : null;
    }

    /// <summary>Its rows; to be disposed before it is used again.</summary>
    public SqliteRowReader Read() => new(_database, _statement);

    public void Dispose() => _statement.Dispose();

    private int BindText(int place, string? value)
    {
        if (value is null)
            return raw.sqlite3_bind_null(_statement, place);
        // Nothing has no address, and SQLite would take that for null.
        if (value.Length == 0)
            return raw.sqlite3_bind_text(_statement, place, "");
        var bytesMax = Encoding.UTF8.GetMaxByteCount(value.Length);
        Span<byte> bytes = bytesMax <= ShortTextBytes ? stackalloc byte[ShortTextBytes] : new byte[bytesMax];
        return raw.sqlite3_bind_text(_statement, place, bytes[..Encoding.UTF8.GetBytes(value, bytes)]);
    }

    private int BindBytes(int place, ReadOnlySpan<byte> value) => value.Length == 0
        ? raw.sqlite3_bind_zeroblob(_statement, place, 0)
        : raw.sqlite3_bind_blob(_statement, place, value);

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _database);
}
