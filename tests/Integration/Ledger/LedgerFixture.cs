using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.Ledger;

/// <summary>One silo for all tests of a class: starting one takes longer than most tests.</summary>
public abstract class LedgerFixture : IAsyncLifetime
{
    private TestStore? _store;
    private LedgerHost? _host;
    private int _scopes;

    public virtual async ValueTask InitializeAsync()
    {
        _store = await NewStore();
        _host = await LedgerHost.Start(_store);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal LedgerHost NewScope() => _host!.Scope($"test {Interlocked.Increment(ref _scopes)}");

    protected abstract ValueTask<TestStore> NewStore();
}
