using OrleansEs.Benchmarks.Contenders;

namespace OrleansEs.Benchmarks.Baselines;

/// <summary>An account made of what Orleans brings by itself.</summary>
internal interface IBaselineAccount : IGrainWithStringKey
{
    /// <summary>Checks the rule, and returns when the deposit is as durable as this baseline makes it.</summary>
    Task Deposit(BaselineDeposited deposited);

    /// <summary>Deposits so often, all in one write.</summary>
    Task Fill(int deposits, BaselineDeposited deposited);

    /// <summary>The balance; null when none is kept.</summary>
    Task<BaselineBalance?> Read();
}

/// <summary>Does nothing: the cost of a call.</summary>
internal interface INoOpAccount : IBaselineAccount;

/// <summary>Keeps its events in one record of Orleans' storage.</summary>
internal interface ILogStorageAccount : IBaselineAccount;

/// <summary>Keeps its state in a record of Orleans' storage, and no events.</summary>
internal interface IStateStorageAccount : IBaselineAccount;

/// <summary>The event of all baselines, with what ours keeps of a command.</summary>
/// <param name="Cents">The amount.</param>
/// <param name="Memo">A note, which makes it as long as ours.</param>
/// <param name="CommandId">The command, which is its correlation, too.</param>
/// <param name="At">When.</param>
[GenerateSerializer, Immutable, Alias("benchmarks.deposited")]
internal sealed record BaselineDeposited(
    [property: Id(0)] long Cents, [property: Id(1)] string Memo, [property: Id(2)] Guid CommandId, [property: Id(3)] DateTimeOffset At)
{
    /// <summary>A new one.</summary>
    public static BaselineDeposited Of(long cents) =>
        new(cents, Memos.Of(cents), Guid.CreateVersion7(), TimeProvider.System.GetUtcNow());
}

/// <summary>The state of all baselines. Mutable, as Orleans wants it.</summary>
[GenerateSerializer, Alias("benchmarks.balance")]
internal sealed class BaselineBalance
{
    /// <summary>How many deposits.</summary>
    [Id(0)]
    public long Deposits { get; set; }

    /// <summary>Their sum.</summary>
    [Id(1)]
    public long Cents { get; set; }
}
