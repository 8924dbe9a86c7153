using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace OrleansEs.Faults.Harness;

/// <summary>Reads the log out of its file, past all code under test.</summary>
internal static class LogFile
{
    /// <summary>One row.</summary>
    public sealed record Row(
        int Partition, long Position, string Journal, long Version, Guid CommandId, int CommandIndex, string Type, JsonNode Payload);

    /// <summary>All rows, by journal and version.</summary>
    public static IReadOnlyList<Row> Read(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            """
            select partition, position, journal, version, command_id, command_index, type, payload
            from log_event
            order by journal, version
            """;
        using var reader = command.ExecuteReader();
        var rows = new List<Row>();
        while (reader.Read())
        {
            rows.Add(new Row(
                reader.GetInt32(0), reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3),
                new Guid((byte[])reader[4], bigEndian: true), reader.GetInt32(5), reader.GetString(6),
                JsonNode.Parse(reader.GetString(7))!));
        }
        return rows;
    }

    /// <summary>Changes the file while nobody has it open.</summary>
    public static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
