using OrleansEs.Benchmarks.Baselines;
using OrleansEs.Benchmarks.Frame;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>What Orleans brings by itself, in a silo process of its own, reached as ours is.</summary>
internal sealed class GrainDepositor : IDepositor
{
    private readonly BaselineSilo _silo;
    private readonly IBaselineAccount[] _accounts;

    private GrainDepositor(BaselineSilo silo, IBaselineAccount[] accounts) => (_silo, _accounts) = (silo, accounts);

    public IReadOnlyList<int> Processes => [_silo.ProcessId];

    /// <param name="bench">The run.</param>
    /// <typeparam name="TAccount">Which baseline.</typeparam>
    public static async Task<IDepositor> Start<TAccount>(Bench bench) where TAccount : IBaselineAccount
    {
        var silo = await BaselineSilo.Start(bench);
        var depositor = new GrainDepositor(
            silo, [.. Accounts.Ids.Select(id => (IBaselineAccount)silo.Grains.GetGrain<TAccount>(id))]);
        try
        {
            await Task.WhenAll(depositor._accounts.Select(account => account.Read()));
            return depositor;
        }
        catch
        {
            await depositor.DisposeAsync();
            throw;
        }
    }

    public Task Deposit(int account, long cents) =>
        _accounts[account].Deposit(BaselineDeposited.Of(cents));

    public async Task<IReadOnlyList<Stored>?> Read()
    {
        var balances = await Task.WhenAll(_accounts.Select(account => account.Read()));
        return balances.Contains(null) ? null : [.. balances.Select(balance => new Stored(balance!.Deposits, balance.Cents))];
    }

    public ValueTask DisposeAsync() => _silo.DisposeAsync();
}
