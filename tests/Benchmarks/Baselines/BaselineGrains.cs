using Orleans.EventSourcing;
using Orleans.Providers;
using OrleansEs.Benchmarks.Contenders;

namespace OrleansEs.Benchmarks.Baselines;

/// <summary>The cost of a call.</summary>
internal sealed class NoOpAccountGrain : Grain, INoOpAccount
{
    public Task Deposit(BaselineDeposited deposited) => Task.CompletedTask;

    public Task Fill(int deposits, BaselineDeposited deposited) => Task.CompletedTask;

    public Task<BaselineBalance?> Read() => Task.FromResult<BaselineBalance?>(null);
}

/// <summary>Orleans' LogStorage: the whole history is one record, written anew with every event.</summary>
[LogConsistencyProvider(ProviderName = BaselineSilo.LogStorage)]
[StorageProvider(ProviderName = BaselineSilo.Storage)]
internal sealed class LogStorageAccountGrain : BaselineJournaledGrain, ILogStorageAccount;

/// <summary>Orleans' StateStorage: the state is one record, and no event is kept.</summary>
[LogConsistencyProvider(ProviderName = BaselineSilo.StateStorage)]
[StorageProvider(ProviderName = BaselineSilo.Storage)]
internal sealed class StateStorageAccountGrain : BaselineJournaledGrain, IStateStorageAccount;

/// <summary>A journaled account, as Orleans' documentation writes one.</summary>
internal abstract class BaselineJournaledGrain : JournaledGrain<BaselineBalance, BaselineDeposited>
{
    public async Task Deposit(BaselineDeposited deposited)
    {
        if (deposited.Cents <= 0 || State.Cents > long.MaxValue - deposited.Cents)
            throw new InvalidOperationException($"{deposited.Cents} cents cannot be deposited.");
        RaiseEvent(deposited);
        await ConfirmEvents();
    }

    public async Task Fill(int deposits, BaselineDeposited deposited)
    {
        // Texts of their own, as events that came one by one have: Orleans' serializer writes the same object once.
        RaiseEvents(Enumerable.Range(0, deposits).Select(number =>
            deposited with { CommandId = Guid.CreateVersion7(), Memo = new string(Memos.Of(number)) }));
        await ConfirmEvents();
    }

    public Task<BaselineBalance?> Read() => Task.FromResult<BaselineBalance?>(State);

    protected override void TransitionState(BaselineBalance state, BaselineDeposited @event)
    {
        state.Deposits++;
        state.Cents += @event.Cents;
    }
}
