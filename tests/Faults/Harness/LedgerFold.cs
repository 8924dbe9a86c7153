using System.Globalization;
using System.Text.Json.Nodes;

namespace OrleansEs.Faults.Harness;

/// <summary>What follows from the rows of a log: a fold of its own, written independently of the ledger's.</summary>
internal static class LedgerFold
{
    /// <summary>The transfers that are at no end, or at two.</summary>
    public static IReadOnlyList<string> TransfersUnderWay(IReadOnlyList<LogFile.Row> rows) =>
    [
        .. rows.Where(row => row.Journal.StartsWith("transfer/", StringComparison.Ordinal))
            .GroupBy(row => row.Journal)
            .Where(journal => journal.Count(row => row.Type is "transfer.completed" or "transfer.failed") != 1)
            .Select(journal => journal.Key),
    ];

    /// <summary>The balance of every account and asset.</summary>
    public static Dictionary<string, decimal> Balances(IReadOnlyList<LogFile.Row> rows)
    {
        var balances = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            foreach (var (asset, balance, _) in Changes(row))
            {
                var key = $"{row.Journal["account/".Length..]} {asset}";
                balances[key] = balances.GetValueOrDefault(key) + balance;
            }
        }
        return balances;
    }

    /// <summary>What came in from the outside world less what went out, over all assets.</summary>
    public static decimal FromOutside(IReadOnlyList<LogFile.Row> rows) => rows
        .Where(row => row.Type is "account.deposited" or "account.withdrawn")
        .SelectMany(Changes)
        .Sum(change => change.Balance);

    /// <summary>
    /// The moments at which an account had less than nothing available: somebody decided on a state that was not the last one.
    /// It holds for accounts without an overdraft whose transfers are never taken back.
    /// </summary>
    public static IReadOnlyList<string> Overdrawn(IReadOnlyList<LogFile.Row> rows)
    {
        var overdrawn = new List<string>();
        foreach (var journal in rows.GroupBy(row => row.Journal))
        {
            var available = new Dictionary<string, decimal>(StringComparer.Ordinal);
            foreach (var row in journal.OrderBy(row => row.Version))
            {
                foreach (var (asset, balance, held) in Changes(row))
                {
                    available[asset] = available.GetValueOrDefault(asset) + balance - held;
                    if (available[asset] < 0)
                        overdrawn.Add($"{row.Journal} has {available[asset]} {asset} available after version {row.Version}");
                }
            }
        }
        return overdrawn;
    }

    /// <summary>Transfers of which a step was done twice, or not given back, or done without the others.</summary>
    public static IReadOnlyList<string> Uneven(IReadOnlyList<LogFile.Row> rows)
    {
        var completed = rows.Where(row => row.Type == "transfer.completed")
            .Select(row => row.Journal["transfer/".Length..]).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. rows.Where(row => row.Payload["transferId"] is not null && row.Type != "account.transfer-barred")
                .GroupBy(row => (string)row.Payload["transferId"]!)
                .Select(steps =>
                {
                    int Count(string type) => steps.Count(row => row.Type == type);
                    var done = (Count("account.funds-held"), Count("account.hold-captured"), Count("account.hold-released"));
                    var credited = Count("account.credited") - Count("account.credit-revoked");
                    var even = completed.Contains(steps.Key)
                        ? done == (1, 1, 0) && credited == 1
                        : done.Item1 == done.Item3 && done.Item2 == 0 && credited == 0;
                    return even ? null : $"{steps.Key}: held, captured, released {done}, credited {credited}";
                })
                .OfType<string>(),
        ];
    }

    // What a row does to the balance and to the held funds of its account.
    private static IEnumerable<(string Asset, decimal Balance, decimal Held)> Changes(LogFile.Row row)
    {
        var (balance, held) = row.Type switch
        {
            "account.deposited" or "account.credited" => (1, 0),
            "account.withdrawn" or "account.credit-revoked" => (-1, 0),
            "account.funds-held" => (0, 1),
            "account.hold-captured" => (-1, -1),
            "account.hold-released" => (0, -1),
            _ => (0, 0),
        };
        if ((balance, held) == (0, 0))
            yield break;
        JsonNode?[] amounts = row.Payload["amounts"] is JsonArray several ? [.. several] : [row.Payload["amount"]];
        foreach (var amount in amounts)
        {
            var parts = ((string)amount!).Split(' ');
            var number = decimal.Parse(parts[0], CultureInfo.InvariantCulture);
            yield return (parts[1].Split('/')[0], balance * number, held * number);
        }
    }
}
