using System.Globalization;
using System.Text.Json.Nodes;

namespace OrleansEs.Faults.Harness;

/// <summary>
/// Compares what callers were told, what the log holds and what the read models show. It reads the database itself, past all
/// code under test.
/// </summary>
internal static class LedgerAudit
{
    /// <summary>Everything but the read models, at the end of a run.</summary>
    public static void Check(IReadOnlyList<LogFile.Row> log, IReadOnlyList<LoadHistory.Line> history)
    {
        CheckOrder(log);
        CheckCommands(log, history);
        CheckTransfers(log, history);
        Assert.Empty(LedgerFold.Overdrawn(log));
        Assert.Equal(LedgerFold.FromOutside(log), LedgerFold.Balances(log).Values.Sum());
    }

    /// <summary>Versions of a journal and positions of a partition are 1, 2, 3 … without a hole.</summary>
    public static void CheckOrder(IReadOnlyList<LogFile.Row> log)
    {
        foreach (var journal in log.GroupBy(row => row.Journal))
            Assert.Equal(Numbers(journal.Count()), journal.Select(row => row.Version).Order());
        foreach (var partition in log.GroupBy(row => row.Partition))
            Assert.Equal(Numbers(partition.Count()), partition.Select(row => row.Position).Order());
    }

    /// <summary>
    /// What was acknowledged is in the log once, with the version and the token that the caller was told; what was certainly
    /// not done is not there. What is unknown may be either, but not half or twice.
    /// </summary>
    public static void CheckCommands(IReadOnlyList<LogFile.Row> log, IReadOnlyList<LoadHistory.Line> history)
    {
        var commands = log.Where(row => row.Type != "account.command-refused").GroupBy(row => (row.Journal, row.CommandId)).ToDictionary(
            command => command.Key, command => command.OrderBy(row => row.CommandIndex).ToArray());
        Assert.All(commands.Values, rows =>
            Assert.Equal(Enumerable.Range(0, rows.Length), rows.Select(row => row.CommandIndex)));
        foreach (var line in history)
        {
            var isThere = commands.TryGetValue((line.Journal, line.CommandId), out var rows);
            if (line.IsDone)
                Assert.True(isThere, $"acknowledged and lost: {line}");
            else if (line.Status is "refused" or "unavailable" && line.Kind != "CreateTransfer")
                Assert.False(isThere, $"called not done, and is in the log: {line}");
            if (line.IsDone && line.Kind != "CreateTransfer")
                Assert.Equal((line.Version, line.Token), (rows![^1].Version, $"{rows[^1].Partition}:{rows[^1].Position}"));
        }
        Assert.Equal(history.Count, history.DistinctBy(line => line.CommandId).Count());
    }

    /// <summary>Every transfer is at one end, which is the one its caller was told, and each of its steps was done once.</summary>
    public static void CheckTransfers(IReadOnlyList<LogFile.Row> log, IReadOnlyList<LoadHistory.Line> history)
    {
        Assert.Empty(LedgerFold.TransfersUnderWay(log));
        Assert.Empty(LedgerFold.Uneven(log));
        var completed = log.Where(row => row.Type == "transfer.completed").Select(row => row.Journal).ToHashSet();
        foreach (var line in history.Where(line => line.Kind == "CreateTransfer" && line.Status is "done" or "refused"))
            Assert.True(line.IsDone == completed.Contains(line.Journal), $"not what its caller was told: {line}");
    }

    /// <summary>The read models show what a fold of the log gives, and nothing is held or on its way.</summary>
    /// <param name="log">All rows.</param>
    /// <param name="ask">Runs a verb of the client and returns its JSON.</param>
    public static async Task CheckReadModels(IReadOnlyList<LogFile.Row> log, Func<string[], Task<JsonNode>> ask)
    {
        var heads = log.GroupBy(row => row.Partition)
            .SelectMany(partition => new[] { "--after-token", $"{partition.Key}:{partition.Max(row => row.Position)}" });
        var accounts = await ask(["query", "accounts", "--take", "1000", "--timeout", "60s", .. heads]);
        var shown = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var account in accounts["items"]!.AsArray())
        {
            foreach (var balance in account!["balances"]!.AsArray())
            {
                shown.Add($"{account["id"]} {balance!["asset"]}", Decimal(balance["balance"]));
                Assert.Equal(0m, Decimal(balance["held"]));
            }
        }
        Assert.Equal(LedgerFold.Balances(log).OrderBy(pair => pair.Key), shown.OrderBy(pair => pair.Key));

        var sums = (await ask(["query", "totals", "--timeout", "60s"]))["sums"]!.AsArray();
        Assert.All(sums, sum => Assert.Equal((0m, 0m), (Decimal(sum!["difference"]), Decimal(sum["inTransit"]))));
        Assert.Equal(shown.Values.Sum(), Decimal(Assert.Single(sums)!["accounts"]));
    }

    private static IEnumerable<long> Numbers(int count) => Enumerable.Range(1, count).Select(number => (long)number);

    private static decimal Decimal(JsonNode? text) => decimal.Parse((string)text!, CultureInfo.InvariantCulture);
}
