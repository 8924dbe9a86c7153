using System.Data.Common;
using System.Globalization;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.Contracts;

/// <summary>The smallest read model: it notes what it was given.</summary>
internal sealed class CountingProjection : IProjection
{
    public const string ModelName = "counting";

    public string Name => ModelName;

    public int Version => 1;

    public IReadOnlyCollection<Type> Handles => [];

    public string Schema(SqlDialect dialect) =>
        $"""
        create table if not exists counting (note text not null);
        create table if not exists counting_total (
          id text not null primary key,
          total bigint not null,
          bytes {(dialect == SqlDialect.Postgres ? "bytea" : "blob")}
        );
        """;

    public async ValueTask Apply(
        IReadOnlyList<ProjectedEvent> events, DbTransaction transaction, CancellationToken cancellation)
    {
        foreach (var one in events)
            await Insert(transaction, one.Committed.At.ToString());
    }

    public static async Task<int> Count(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from counting";
        return Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    public static Task<int> Insert(DbTransaction transaction, string note) =>
        Insert(transaction.Connection!, note, transaction);

    public static Task<int> Insert(DbConnection connection, string note) => Insert(connection, note, null);

    private static async Task<int> Insert(DbConnection connection, string note, DbTransaction? transaction)
    {
        await using var command = connection.CreateCommand();
        if (transaction is not null)
            command.Transaction = transaction;
        command.CommandText = "insert into counting (note) values (@note)";
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@note", note);
        command.Parameters.Add(parameter);
        return await command.ExecuteNonQueryAsync();
    }
}
