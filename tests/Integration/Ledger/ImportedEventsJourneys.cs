using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;
using OrleansEs.Integration.Faults;
using OrleansEs.Integration.Stores;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>Two ledgers that are told the same, one transfer by transfer and one all at once, hold the same events.</summary>
public sealed class ImportedEventsJourneys
{
    private static readonly string[] s_accounts = ["alice", "bob", "carol", "dave"];

    [Fact]
    public async Task The_events_of_a_transfer_are_the_same_whichever_way_it_was_posted()
    {
        ImportedTransfer[] transfers =
        [
            Transfer(1, "plain", null, ("alice", -5, Eur), ("bob", 5, Eur)),
            Transfer(2, null, "book 7", ("alice", -5, Eur), ("bob", -6, Eur), ("carol", 4, Eur), ("dave", 7, Eur)),
            Transfer(3, "exchange", null, ("alice", -5, Eur), ("alice", 6, Usd), ("bob", 5, Eur), ("bob", -6, Usd)),
            Transfer(4, "nets", null, ("carol", -5, Eur), ("carol", 7, Eur), ("dave", -2, Eur)),
        ];

        var one = await Events(transfers, async ledger =>
        {
            foreach (var transfer in transfers)
                Assert.Equal(CommandStatus.Done, (await ledger.Client.GetGrain<ITransferGrain>(transfer.Id)
                    .Create(transfer.Command, transfer.Header)).Result.Status);
        });
        var bulk = await Events(transfers, async ledger =>
            Assert.All(
                (await ledger.Client.GetGrain<ILedgerImportGrain>("import").Post(transfers)).Results,
                result => Assert.Equal(CommandStatus.Done, result?.Status)));

        // Four accounts opened, four transfers of four events each, and their steps.
        Assert.Equal(4 + (4 * 4) + 3 + 6 + 6 + 3, one.Count);
        Assert.Equal(one, bulk);
    }

    [Fact]
    public async Task A_chunk_is_one_append_and_reads_only_what_it_does_not_know()
    {
        FaultyEventLog? log = null;
        await using var store = TestStore.OnSqlite();
        await using var ledger = await Start(store, wrap: inner => log = new FaultyEventLog(inner));
        foreach (var account in s_accounts)
            await ledger.Open(account, overdraft: null);
        var transfers = Enumerable.Range(1, 20)
            .Select(number => Transfer(number, null, null, ("alice", -1, Eur), ("bob", 1, Eur))).ToArray();

        // Two accounts are read. Then they are known. Then each transfer is found, and is one read of its own.
        Assert.Equal((1, 2), await Cost(transfers[..10]));
        Assert.Equal((1, 0), await Cost(transfers[10..]));
        Assert.Equal((1, 20), await Cost(transfers));

        async Task<(int Appends, int Reads)> Cost(ImportedTransfer[] chunk)
        {
            var (appends, reads) = (log!.Appends, log.JournalReads);
            var answer = await ledger.Client.GetGrain<ILedgerImportGrain>("import").Post(chunk);
            Assert.All(answer.Results, result => Assert.Equal(CommandStatus.Done, result?.Status));
            return (log.Appends - appends, log.JournalReads - reads);
        }
    }

    private static async Task<List<string>> Events(ImportedTransfer[] transfers, Func<LedgerHost, Task> post)
    {
        await using var store = TestStore.OnSqlite();
        await using var ledger = await Start(store);
        foreach (var (number, account) in s_accounts.Index())
            await ledger.Done(account, new OpenAccount(null, [], null), Header(new Guid(number + 1, 0, 0, new byte[8])));
        await post(ledger);

        var log = ledger.Services.GetRequiredService<IEventLogReader>();
        var events = new List<string>();
        foreach (var journal in s_accounts.Select(id => $"account/{id}").Concat(transfers.Select(one => $"transfer/{one.Id}")))
        {
            var page = await log.ReadJournal(JournalId.Parse(journal), 0, 1_000, TestContext.Current.CancellationToken);
            // All of it but the place and the time.
            events.AddRange(page.Select(e =>
                $"{e.Journal} {e.Version} {e.CommandId} {e.CommandIndex} {e.Type} {e.TypeVersion} {e.Format} {e.Metadata} "
                + Convert.ToHexString(e.Payload.Span)));
        }
        return events;
    }

    private static ImportedTransfer Transfer(
        int number, string? memo, string? correlation, params (string Id, long Amount, Asset Asset)[] legs) => new(
        $"t-{number}",
        new CreateTransfer([.. legs.Select(leg => new Posting(leg.Id, new Money(leg.Amount, leg.Asset)))], memo),
        Header(new Guid(100 + number, 0, 0, new byte[8]), correlation, new DateOnly(2024, 1, number)) with
        {
            CausationId = correlation is null ? null : "line 3",
        });
}
