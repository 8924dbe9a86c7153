namespace OrleansEs.Benchmarks.Contenders;

/// <summary>
/// Something that keeps accounts and takes deposits: the work that all are compared by. It has so many accounts, open and
/// empty, when it starts, and a store of its own, which goes away with it.
/// </summary>
internal interface IDepositor : IAsyncDisposable
{
    /// <summary>The processes that do the work, beside this one and the database server.</summary>
    IReadOnlyList<int> Processes { get; }

    /// <summary>Deposits an amount; returns when it is durable, and throws when it is not.</summary>
    Task Deposit(int account, long cents);

    /// <summary>How many events its readers have still to apply; 0 when it has none.</summary>
    Task<long> Behind() => Task.FromResult(0L);

    /// <summary>
    /// What the store holds of each account, read past the code that is measured where that is possible; null when nothing is
    /// stored at all.
    /// </summary>
    /// <exception cref="InvalidDataException">The store is not in order: a version or position is missing.</exception>
    Task<IReadOnlyList<Stored>?> Read();
}

/// <summary>What is stored of one account.</summary>
/// <param name="Deposits">How many deposits.</param>
/// <param name="Cents">Their sum.</param>
internal readonly record struct Stored(long Deposits, long Cents);
