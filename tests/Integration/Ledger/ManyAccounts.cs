using OrleansEs.EventLog;
using OrleansEs.Integration.Postgres;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>More accounts than a few pages have: written to the log as it is, and applied by the read models.</summary>
internal static class ManyAccounts
{
    public static int Count { get; } = FaultRun.Size(2_000, 10_000);

    public static JournalId Journal(int number) => JournalId.Of("account", Id(number));

    public static string Id(int number) => $"account-{number:D5}";

    public static async Task Fill(LedgerHost host)
    {
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Count),
            new ParallelOptions { MaxDegreeOfParallelism = 64 },
            async (number, _) => host.Remember((await host.Append(Journal(number), 0, Header(), Events(number))).ToString()));
        Assert.False((await host.Queries.Accounts(new(), host.Fresh)).Stale);
        Assert.False((await host.Queries.Totals(new(TotalsBy.Month), host.Fresh)).Stale);
    }

    /// <summary>How many events an account has at first.</summary>
    public static int VersionOf(int number) => Events(number).Length;

    private static object[] Events(int number) =>
    [
        new AccountOpened($"owner {number * 31 % 97}", [], null),
        new AccountDeposited(Euros((number * 7_919 % 100_003) + 100), null),
        .. number % 3 == 0 ? new[] { new FundsHeld("t", [Euros(1 + (number % 50))]) } : [],
        .. number % 10 == 0 ? new[] { new AccountFrozen() } : [],
    ];
}
