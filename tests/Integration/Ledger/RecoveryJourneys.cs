using OrleansEs.EventLog;
using OrleansEs.Grains.Transfers;
using OrleansEs.Integration.Stores;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using OrleansEs.Ledger.Transfers;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>What goes on by itself, or is still known, after the silo is gone and another one has started.</summary>
public abstract class RecoveryJourneys : IAsyncLifetime
{
    private TestStore _store = null!;
    private LedgerHost _ledger = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await NewStore();
        _ledger = await Start(_store);
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        await _store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract ValueTask<TestStore> NewStore();

    [Fact]
    public async Task A_retry_is_recognised_after_a_restart_and_when_the_rules_would_refuse_it_now()
    {
        await _ledger.Open("alice", 100);
        var header = Header();
        await _ledger.Done("alice", new Withdraw(Euros(100), null), header);
        await _ledger.DisposeAsync();
        _ledger = await Start(_store);

        Assert.True((await _ledger.Done("alice", new Withdraw(Euros(100), null), header)).Duplicate);
        Assert.Equal(0, await _ledger.Balance("alice"));
    }

    [Theory]
    [InlineData(TransferStatus.Holding)]
    [InlineData(TransferStatus.Crediting)]
    [InlineData(TransferStatus.Capturing)]
    [InlineData(TransferStatus.Compensating)]
    public async Task A_transfer_whose_driver_died_goes_on_by_itself_after_a_restart(TransferStatus diedWhile)
    {
        await _ledger.Open("alice", 100);
        await _ledger.Open("bob");
        await DieWhile("t-1", diedWhile);
        await _ledger.DisposeAsync();
        _ledger = await Start(_store, recovery =>
        {
            recovery.Interval = TimeSpan.FromMilliseconds(50);
            recovery.IdleMin = TimeSpan.Zero;
        });

        var (expected, moved) = diedWhile == TransferStatus.Compensating
            ? (TransferStatus.Failed, 0)
            : (TransferStatus.Completed, 40);
        await Eventually.Holds(
            async () =>
            {
                var page = await _ledger.Queries.Transfers(new TransfersQuery(expected, "alice", 10, null), Freshness.Any);
                return page.Value.Items.Count == 1;
            },
            Long, $"t-1 is {expected}");
        foreach (var id in new[] { "alice", "bob" })
            _ledger.Remember((await _ledger.Account(id).Show(AsOf.Now))!.Token);
        Assert.Equal((100 - moved, moved), (await _ledger.Balance("alice"), await _ledger.Balance("bob")));
        Assert.Equal(0, (await _ledger.Account("alice").Show(AsOf.Now))!.Balances[0].Held);
        await _ledger.AssertZeroSum();
    }

    // Writes what a driver would have written until then, the accounts' steps with the commands it would have sent.
    private async Task DieWhile(string id, TransferStatus status)
    {
        var journal = JournalId.Of("transfer", id);
        var payment = _ledger.Payment(("alice", -40), ("bob", 40));
        await _ledger.Append(journal, 0, Header(), new TransferCreated(payment.Postings, payment.Memo));
        if (status == TransferStatus.Compensating)
            await _ledger.Append(journal, 1, Header(), new TransferRefused("alice", new Refusal("test", "It did.", "None.")));
        if (status is TransferStatus.Holding)
            return;
        await _ledger.Done("alice", new HoldFunds(id, [Euros(40)]), StepHeader(id, "hold", "alice"));
        if (status is TransferStatus.Compensating)
            return;
        await _ledger.Append(journal, 1, Header(), new TransferHeld());
        if (status is TransferStatus.Crediting)
            return;
        await _ledger.Done("bob", new CreditFunds(id, [Euros(40)], "payment"), StepHeader(id, "credit", "bob"));
        await _ledger.Append(journal, 2, Header(), new TransferCredited());
    }

    private static CommandHeader StepHeader(string transferId, string step, string accountId) =>
        Header(TransferProcess.StepId(transferId, step, accountId));
}
