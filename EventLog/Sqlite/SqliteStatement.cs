using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>A prepared statement with its parameters by name. It belongs to one connection and one thread at a time.</summary>
internal sealed partial class SqliteStatement : IDisposable
{
    private readonly SqliteCommand _command;
    private readonly Dictionary<string, SqliteParameter> _parameters = new(StringComparer.Ordinal);

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _command = connection.CreateCommand();
        _command.CommandText = sql;
        foreach (var name in ParameterName().Matches(sql).Select(match => match.Value).Distinct())
            _parameters.Add(name, _command.Parameters.Add(new SqliteParameter { ParameterName = name }));
    }

    public SqliteStatement Set(string parameter, object? value)
    {
        _parameters[parameter].Value = value ?? DBNull.Value;
        return this;
    }

    /// <summary>The transaction that the next execution runs in.</summary>
    public SqliteStatement In(SqliteTransaction? transaction)
    {
        _command.Transaction = transaction;
        return this;
    }

    public int Execute() => _command.ExecuteNonQuery();

    /// <summary>The first value of the first row; null when there is no row or the value is null.</summary>
    public object? Scalar() => _command.ExecuteScalar() is { } value and not DBNull ? value : null;

    public SqliteDataReader Read() => _command.ExecuteReader();

    public void Dispose() => _command.Dispose();

    [GeneratedRegex("@[a-z_]+")]
    private static partial Regex ParameterName();
}
