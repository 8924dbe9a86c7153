using System.Text.Json.Nodes;
using Npgsql;

namespace OrleansEs.Faults.Harness;

/// <summary>Reads the log out of PostgreSQL, past all code under test.</summary>
internal static class PostgresLog
{
    /// <summary>All rows, by journal and version.</summary>
    public static async Task<IReadOnlyList<LogFile.Row>> Read(string connection)
    {
        await using var source = NpgsqlDataSource.Create(connection + ";Pooling=false");
        await using var command = source.CreateCommand(
            """
            select partition, position, journal, version, command_id, command_index, type, payload
            from log_event
            order by journal, version
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<LogFile.Row>();
        while (await reader.ReadAsync())
        {
            rows.Add(new LogFile.Row(
                reader.GetInt32(0), reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3), reader.GetGuid(4),
                reader.GetInt32(5), reader.GetString(6), JsonNode.Parse(reader.GetString(7))!));
        }
        return rows;
    }

    /// <summary>Waits until every transfer is at one end, and returns the whole log.</summary>
    public static async Task<IReadOnlyList<LogFile.Row>> WhenTransfersEnded(string connection)
    {
        IReadOnlyList<LogFile.Row> log = [];
        await Eventually.Holds(
            async () => LedgerFold.TransfersUnderWay(log = await Read(connection)).Count == 0,
            TimeSpan.FromSeconds(90), "every transfer is at one end");
        return log;
    }
}
