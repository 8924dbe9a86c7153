using OrleansEs.EventLog;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>
/// What an import brings: deposits on 1,000 accounts in turn, shared among lanes so that no partition is in two of them.
/// </summary>
/// <param name="events">How many.</param>
/// <param name="lanes">How many work side by side.</param>
internal sealed class Imported(int events, int lanes)
{
    private static readonly int[] s_partitions =
        [.. Accounts.Ids.Select(id => JournalId.Of("account", id).PartitionOf(RawLog.Partitions))];

    /// <summary>How many.</summary>
    public int Events => events;

    /// <summary>The lanes.</summary>
    public IEnumerable<int> Lanes => Enumerable.Range(0, lanes);

    /// <summary>The deposits of a lane, in order.</summary>
    public IEnumerable<(int Account, long Version, long Cents)> Of(int lane)
    {
        for (var number = 0; number < events; number++)
        {
            var account = number % Accounts.Count;
            if (s_partitions[account] % lanes == lane)
                yield return (account, number / Accounts.Count + 1L, Cents(number));
        }
    }

    /// <summary>Holds what is stored against what was brought.</summary>
    /// <exception cref="InvalidDataException">They differ.</exception>
    public void Verify(IReadOnlyDictionary<string, Stored> log)
    {
        var expected = new Stored[Accounts.Count];
        for (var number = 0; number < events; number++)
        {
            var (count, cents) = expected[number % Accounts.Count];
            expected[number % Accounts.Count] = new Stored(count + 1, cents + Cents(number));
        }
        for (var account = 0; account < Accounts.Count; account++)
        {
            var found = log.GetValueOrDefault($"account/{Accounts.Id(account)}");
            if (found != expected[account])
                throw new InvalidDataException($"The log has {found} of {Accounts.Id(account)} instead of {expected[account]}.");
        }
    }

    private static long Cents(int number) => number * 7_919L % 2_000 + 1;
}
