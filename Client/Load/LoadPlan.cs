namespace OrleansEs.Client.Load;

/// <summary>What a load run does.</summary>
internal enum LoadMix
{
    /// <summary>Deposits on random accounts.</summary>
    Deposits,

    /// <summary>Transfers between two random accounts; some are refused for want of funds.</summary>
    Transfers,
}

/// <summary>How much of it.</summary>
/// <param name="Mix">What the callers do.</param>
/// <param name="Accounts">How many accounts they do it on.</param>
/// <param name="Callers">How many commands are under way at most.</param>
/// <param name="Duration">For how long.</param>
/// <param name="RatePerSecond">
/// Zero: each caller sends its next command when the last one ended. Else so many are begun each second, however the cluster
/// keeps up, and one that is refused for overload is not sent again: what a crowd of strangers would do.
/// </param>
/// <param name="Seed">Makes the choice of accounts and amounts repeatable.</param>
internal sealed record LoadPlan(LoadMix Mix, int Accounts, int Callers, TimeSpan Duration, int RatePerSecond, int Seed)
{
    /// <summary>Begins the ids of this run, so that it works on a cluster that has been used.</summary>
    public string Run { get; } = Guid.NewGuid().ToString("N")[..8];

    /// <summary>The id of an account of this run.</summary>
    public string AccountId(int number) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"load-{Run}-{number}");
}
