using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace OrleansEs.Faults.Harness;

/// <summary>Reads the log out of its file, past all code under test.</summary>
internal static class LogFile
{
    /// <summary>One row.</summary>
    public sealed record Row(string Journal, long Version, Guid CommandId, int CommandIndex, string Type, JsonNode Payload);

    /// <summary>All rows, by journal and version.</summary>
    public static IReadOnlyList<Row> Read(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            "select journal, version, command_id, command_index, type, payload from log_event order by journal, version";
        using var reader = command.ExecuteReader();
        var rows = new List<Row>();
        while (reader.Read())
        {
            rows.Add(new Row(
                reader.GetString(0), reader.GetInt64(1), new Guid((byte[])reader[2], bigEndian: true), reader.GetInt32(3),
                reader.GetString(4), JsonNode.Parse(reader.GetString(5))!));
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

    /// <summary>The transfers that are at no end.</summary>
    public static IReadOnlyList<string> TransfersUnderWay(IReadOnlyList<Row> rows) =>
    [
        .. rows.Where(row => row.Journal.StartsWith("transfer/", StringComparison.Ordinal))
            .GroupBy(row => row.Journal)
            .Where(journal => journal.Count(row => row.Type is "transfer.completed" or "transfer.failed") != 1)
            .Select(journal => journal.Key),
    ];

    /// <summary>The balance of every account and asset: a fold of its events, written independently of the ledger's.</summary>
    public static Dictionary<string, decimal> Balances(IReadOnlyList<Row> rows)
    {
        var balances = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var sign = row.Type switch
            {
                "account.deposited" or "account.credited" => 1,
                "account.withdrawn" or "account.hold-captured" or "account.credit-revoked" => -1,
                _ => 0,
            };
            if (sign == 0)
                continue;
            JsonNode?[] amounts = row.Payload["amounts"] is JsonArray several ? [.. several] : [row.Payload["amount"]];
            foreach (var amount in amounts)
            {
                var parts = ((string)amount!).Split(' ');
                var key = $"{row.Journal["account/".Length..]} {parts[1].Split('/')[0]}";
                balances[key] = balances.GetValueOrDefault(key) + sign * decimal.Parse(parts[0], CultureInfo.InvariantCulture);
            }
        }
        return balances;
    }
}
