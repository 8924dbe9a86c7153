using System.Data.Common;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>Reads a log past all code that is measured, and holds it to its invariants.</summary>
internal static class LogCheck
{
    // Amounts stand in the log as text: "1.23 EUR".
    private const string PostgresCents = "round(split_part(payload::json ->> 'amount', ' ', 1)::numeric * 100)::bigint";
    private const string SqliteCents =
        "cast(round(cast(substr(payload ->> '$.amount', 1, instr(payload ->> '$.amount', ' ')) as real) * 100) as integer)";

    /// <summary>What is stored of each account journal.</summary>
    /// <param name="connection">An open connection to the log's database.</param>
    /// <param name="heads">False when nobody kept the heads of the partitions.</param>
    /// <exception cref="InvalidDataException">A version or position is missing.</exception>
    public static async Task<IReadOnlyDictionary<string, Stored>> Read(DbConnection connection, bool heads)
    {
        var cents = connection is Npgsql.NpgsqlConnection ? PostgresCents : SqliteCents;
        var positions = await Rows(
            connection,
            """
            select p.partition, p.head, count(e.position), coalesce(max(e.position), 0)
            from log_partition p
            left join log_event e on e.partition = p.partition
            group by p.partition, p.head
            """,
            row => (Partition: row.GetInt32(0), Head: row.GetInt64(1), Count: row.GetInt64(2), Last: row.GetInt64(3)));
        foreach (var (partition, head, count, last) in positions)
            Require(count == last && (!heads || head == last), $"partition {partition}: {count} events, last {last}, head {head}");
        var journals = await Rows(
            connection,
            $"""
            select journal, count(*), max(version), count(*) filter (where type = 'account.deposited'),
              coalesce(sum(case when type = 'account.deposited' then {cents} end), 0)
            from log_event
            group by journal
            """,
            row => (Journal: row.GetString(0), Count: row.GetInt64(1), Last: row.GetInt64(2),
                Stored: new Stored(row.GetInt64(3), Convert.ToInt64(row.GetValue(4)))));
        foreach (var (journal, count, last, _) in journals)
            Require(count == last, $"journal {journal}: {count} events, last version {last}");
        return journals.ToDictionary(journal => journal.Journal, journal => journal.Stored);
    }

    private static async Task<List<T>> Rows<T>(DbConnection connection, string sql, Func<DbDataReader, T> row)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 600;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
            rows.Add(row(reader));
        return rows;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidDataException($"The log is not dense: {what}.");
    }
}
