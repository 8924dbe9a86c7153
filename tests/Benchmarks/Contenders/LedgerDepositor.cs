using OrleansEs.Benchmarks.Frame;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>Deposits to accounts of OrleansEs.</summary>
internal sealed class LedgerDepositor : IDepositor
{
    private readonly LedgerCluster _ledger;
    private readonly IAccountGrain[] _accounts;

    private readonly bool _readModels;

    private LedgerDepositor(LedgerCluster ledger, bool readModels) =>
        (_ledger, _accounts, _readModels) = (ledger, [.. Accounts.Ids.Select(ledger.Account)], readModels);

    public IReadOnlyList<int> Processes => _ledger.Processes;

    /// <param name="bench">The run.</param>
    /// <param name="shape">How many silos, partitions and lanes; null for what a silo by itself has.</param>
    /// <param name="readModels">False pauses them, which shows what they cost.</param>
    public static async Task<IDepositor> Start(Bench bench, ClusterShape? shape = null, bool readModels = true)
    {
        var depositor = new LedgerDepositor(await LedgerCluster.Start(bench, shape), readModels);
        try
        {
            await depositor._ledger.Open(Accounts.Ids);
            if (!readModels)
                await depositor._ledger.PauseReadModels();
            return depositor;
        }
        catch
        {
            await depositor.DisposeAsync();
            throw;
        }
    }

    public Task Deposit(int account, long cents) =>
        LedgerCluster.Execute(_accounts[account], LedgerCluster.Deposit(cents));

    public Task<long> Behind() => _readModels ? _ledger.Behind() : Task.FromResult(0L);

    public async Task<IReadOnlyList<Stored>?> Read()
    {
        var log = await _ledger.ReadLog();
        return [.. Accounts.Ids.Select(id => log[$"account/{id}"])];
    }

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();
}
