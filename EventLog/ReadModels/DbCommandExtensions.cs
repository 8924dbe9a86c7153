using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>What every query of a read model needs of ADO.NET, on both databases.</summary>
public static class DbCommandExtensions
{
    /// <summary>Gives a command a value for a parameter of its text.</summary>
    /// <param name="command">The command.</param>
    /// <param name="name">The parameter as it stands in the text, with its <c>@</c>.</param>
    /// <param name="value">The value; null for nothing.</param>
    public static DbCommand Bind(this DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
        return command;
    }

    /// <summary>Runs a query and reads each of its rows.</summary>
    public static async Task<IReadOnlyList<T>> ReadAll<T>(
        this DbCommand command, Func<DbDataReader, T> row, CancellationToken cancellation)
    {
        var read = new List<T>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            read.Add(row(rows));
        return read;
    }

    // A command in a transaction, or on a connection whose transaction the driver knows.
    internal static DbCommand Command(this DbTransaction transaction, string text)
    {
        var command = transaction.Connection!.Command(text);
        command.Transaction = transaction;
        return command;
    }

    internal static DbCommand Command(this DbConnection connection, string text)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are made of constants and of names that this program made; every value is a parameter.
        command.CommandText = text;
#pragma warning restore CA2100
        return command;
    }
}
