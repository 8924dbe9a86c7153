namespace OrleansEs.Benchmarks.Contenders;

/// <summary>What the callers were told: what the store must hold, no more and no less.</summary>
internal sealed class Acknowledged
{
    private readonly long[] _deposits = new long[Accounts.Count];
    private readonly long[] _cents = new long[Accounts.Count];

    /// <summary>Counts one deposit that was acknowledged. Safe to be used by many callers at once.</summary>
    public void Add(int account, long cents)
    {
        Interlocked.Increment(ref _deposits[account]);
        Interlocked.Add(ref _cents[account], cents);
    }

    /// <summary>Compares it with what is stored.</summary>
    /// <returns>What was compared, for people.</returns>
    /// <exception cref="InvalidDataException">An account differs.</exception>
    public string Verify(IReadOnlyList<Stored>? stored)
    {
        if (stored is null)
            return "nothing is stored";
        if (stored.Count != Accounts.Count)
            throw new InvalidDataException($"{stored.Count} accounts are stored instead of {Accounts.Count}.");
        for (var account = 0; account < Accounts.Count; account++)
        {
            var expected = new Stored(_deposits[account], _cents[account]);
            if (stored[account] != expected)
                throw new InvalidDataException($"Account {account}: {stored[account]} is stored and {expected} was acknowledged.");
        }
        return $"verified: {_deposits.Sum()} deposits of {_cents.Sum()} cents on {Accounts.Count} accounts";
    }
}
