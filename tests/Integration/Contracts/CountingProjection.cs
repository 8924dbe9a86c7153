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
        $$"""
        create table {note} (note text not null);
        create table {total} (
          id text not null primary key,
          total bigint not null,
          bytes {{(dialect == SqlDialect.Postgres ? "bytea" : "blob")}}
        );
        """;

    private static readonly RowStatement s_insert = new("insert into {note} (note) select rows.note from rows", RowColumn.Text("note"));

    public ValueTask Apply(IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation)
    {
        foreach (var one in events)
            writes.Add(s_insert, one.Committed.At.ToString());
        return default;
    }

    /// <summary>How many notes the first build has.</summary>
    public static async Task<int> Count(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from counting_b1_note";
        return Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    public static async Task Insert(DbTransaction transaction, string note)
    {
        var writes = new RowWrites(transaction, new ReadModelTables(ModelName, 1));
        writes.Add(s_insert, note);
        await writes.Flush(CancellationToken.None);
    }

    public static async Task<int> Insert(DbConnection connection, string note)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "insert into counting_b1_note (note) values (@note)";
        command.Bind("@note", note);
        return await command.ExecuteNonQueryAsync();
    }
}
