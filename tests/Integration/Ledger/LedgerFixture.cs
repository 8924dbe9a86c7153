namespace OrleansEs.Integration.Ledger;

/// <summary>One silo for all tests of a class: starting one takes longer than most tests.</summary>
public sealed class LedgerFixture : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private LedgerHost? _host;
    private int _scopes;

    public async ValueTask InitializeAsync() => _host = await LedgerHost.Start(_directory);

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        _directory.Dispose();
    }

    internal LedgerHost NewScope() => _host!.Scope($"test {Interlocked.Increment(ref _scopes)}");
}
