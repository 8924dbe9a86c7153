using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Grains.Queries;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using OrleansEs.Ledger.Transfers;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>Transfers over a cluster: done, refused, compensated, repeated.</summary>
public abstract class TransferJourneys(LedgerFixture fixture)
{
    private readonly LedgerHost _ledger = fixture.NewScope();

    [Fact]
    public async Task A_transfer_moves_money_and_everything_it_did_is_found_by_its_correlation()
    {
        await _ledger.Open("alice", 100);
        await _ledger.Open("bob");
        var result = await _ledger.Pay("t-1", Header(correlation: _ledger.Id("invoice 7")), ("alice", -40), ("bob", 40));

        Assert.Equal(CommandStatus.Done, result.Result.Status);
        Assert.Equal(TransferStatus.Completed, result.Transfer!.Status);
        Assert.Equal((60, 40), (await _ledger.Balance("alice"), await _ledger.Balance("bob")));
        var audit = await _ledger.Queries.Audit(new AuditQuery { CorrelationId = _ledger.Id("invoice 7") }, _ledger.Fresh);
        Assert.Equal(
            [
                "transfer.created", "account.funds-held", "transfer.held", "account.credited", "transfer.credited",
                "account.hold-captured", "transfer.completed",
            ],
            audit.Value.Items.Select(entry => entry.Type));
        await _ledger.AssertZeroSum();
    }

    [Fact]
    public async Task A_transfer_that_a_payer_refuses_fails_and_gives_back_what_others_held()
    {
        await _ledger.Open("alice", 100);
        await _ledger.Open("poor", 1);
        await _ledger.Open("bob");
        var result = await _ledger.Pay("t-1", null, ("alice", -40), ("poor", -40), ("bob", 80));

        Assert.Equal(CommandStatus.Refused, result.Result.Status);
        Assert.Equal(RefusalCodes.InsufficientFunds, result.Result.Refusal!.Code);
        Assert.Equal(TransferStatus.Failed, result.Transfer!.Status);
        Assert.Equal(new BalanceView(Eur, 100, 0, 100), Assert.Single((await _ledger.Account("alice").Show(AsOf.Now))!.Balances));
        Assert.Equal(0, await _ledger.Balance("bob"));
        await _ledger.AssertZeroSum();
    }

    [Fact]
    public async Task A_transfer_that_a_receiver_refuses_takes_back_what_others_had_received()
    {
        await _ledger.Open("alice", 100);
        await _ledger.Open("bob");
        await _ledger.Open("frozen");
        await _ledger.Done("frozen", new FreezeAccount());
        var result = await _ledger.Pay("t-1", null, ("alice", -40), ("bob", 10), ("frozen", 30));

        Assert.Equal(RefusalCodes.AccountFrozen, result.Result.Refusal!.Code);
        Assert.Equal(new BalanceView(Eur, 100, 0, 100), Assert.Single((await _ledger.Account("alice").Show(AsOf.Now))!.Balances));
        Assert.Equal(0, await _ledger.Balance("bob"));
        Assert.Equal(
            ["account.opened", "account.credited", "account.credit-revoked"],
            (await _ledger.Account("bob").History(0, 10)).Select(entry => entry.Type));
        await _ledger.AssertZeroSum();
    }

    [Fact]
    public async Task The_same_transfer_again_changes_nothing_and_another_one_under_its_id_is_refused()
    {
        await _ledger.Open("alice", 100);
        await _ledger.Open("bob");
        var header = Header();
        await _ledger.Pay("t-1", header, ("alice", -40), ("bob", 40));
        var sameCommand = await _ledger.Pay("t-1", header, ("alice", -40), ("bob", 40));
        var otherCommand = await _ledger.Pay("t-1", null, ("alice", -40), ("bob", 40));
        var otherBody = await _ledger.Pay("t-1", null, ("alice", -41), ("bob", 41));
        var reusedId = await _ledger.Pay("t-1", header, ("alice", -41), ("bob", 41));

        Assert.Equal((CommandStatus.Done, true), (sameCommand.Result.Status, sameCommand.Result.Duplicate));
        Assert.Equal((CommandStatus.Done, true), (otherCommand.Result.Status, otherCommand.Result.Duplicate));
        Assert.Equal(RefusalCodes.TransferExists, otherBody.Result.Refusal!.Code);
        Assert.Equal(RefusalCodes.CommandIdReused, reusedId.Result.Refusal!.Code);
        Assert.Equal(60, await _ledger.Balance("alice"));
    }

    [Fact]
    public async Task An_account_that_pays_and_receives_the_same_asset_needs_only_the_difference()
    {
        await _ledger.Open("alice");
        await _ledger.Open("bob", 10);
        var result = await _ledger.Pay("t-1", null, ("alice", -5), ("alice", 7), ("bob", -2));

        Assert.Equal(CommandStatus.Done, result.Result.Status);
        Assert.Equal((2, 8), (await _ledger.Balance("alice"), await _ledger.Balance("bob")));
    }

    [Fact]
    public async Task A_transfer_to_itself_still_asks_whether_the_account_is_there()
    {
        var result = await _ledger.Pay("t-1", null, ("nobody", -5), ("nobody", 5));
        Assert.Equal(RefusalCodes.AccountNotFound, result.Result.Refusal!.Code);
    }

    [Fact]
    public async Task Transfers_are_listed_newest_first_by_status_and_account()
    {
        await _ledger.Open("alice", 100);
        await _ledger.Open("bob");
        foreach (var number in Enumerable.Range(1, 5))
            await _ledger.Pay($"t-{number}", null, ("alice", -number), ("bob", number));
        await _ledger.Pay("t-6", null, ("bob", -1_000), ("alice", 1_000));

        var query = new TransfersQuery(TransferStatus.Completed, _ledger.Id("alice"), 3, null);
        var first = await _ledger.Queries.Transfers(query, _ledger.Fresh);
        var second = await _ledger.Queries.Transfers(query with { After = first.Value.Cursor }, _ledger.Fresh);
        Assert.Equal(
            new[] { "t-5", "t-4", "t-3", "t-2", "t-1" }.Select(_ledger.Id),
            first.Value.Items.Concat(second.Value.Items).Select(t => t.Id));
        Assert.Null(second.Value.Cursor);
        var failed = await _ledger.Queries.Transfers(
            new TransfersQuery(TransferStatus.Failed, _ledger.Id("bob"), 3, null), _ledger.Fresh);
        Assert.Equal(RefusalCodes.InsufficientFunds, Assert.Single(failed.Value.Items).Failure!.Code);
    }

    [Fact]
    public async Task Transfers_are_found_by_state_and_by_how_long_nothing_has_changed_them()
    {
        await _ledger.Open("alice", 100);
        await _ledger.Open("bob");
        foreach (var number in Enumerable.Range(1, 4))
            await _ledger.Pay($"t-{number}", null, ("alice", -number), ("bob", number));
        await _ledger.Pay("t-5", null, ("bob", -1_000), ("alice", 1_000));
        var changes = (await _ledger.Queries.Audit(new AuditQuery { Type = "transfer.completed", Take = 1_000 }, _ledger.Fresh))
            .Value.Items.ToDictionary(entry => entry.Journal, entry => entry.RecordedAt);

        // Before the third one's end: what was changed just then is not older.
        var cut = changes[$"transfer/{_ledger.Id("t-3")}"];
        var query = new TransfersQuery(TransferStatus.Completed, _ledger.Id("alice"), 1, null);
        var first = await Page(query, cut);
        Assert.Equal((_ledger.Id("t-2"), true), (Assert.Single(first.Items).Id, first.Cursor is not null));
        Assert.Equal(_ledger.Id("t-1"), Assert.Single((await Page(query with { After = first.Cursor }, cut)).Items).Id);
        var ofAll = await Page(new TransfersQuery(TransferStatus.Completed, null, 2, null), cut);
        Assert.Equal(["t-2", "t-1"], ofAll.Items.Select(transfer => transfer.Id[_ledger.Id("").Length..]));

        Assert.Empty((await _ledger.Queries.Transfers(
            query with { OlderThan = TimeSpan.FromHours(1) }, _ledger.Fresh)).Value.Items);
        await Eventually.Holds(
            async () => (await _ledger.Queries.Transfers(
                query with { OlderThan = TimeSpan.FromMilliseconds(1), Take = 10 }, _ledger.Fresh)).Value.Items.Count == 4,
            Long, "all four are older than a millisecond");

        async Task<Page<TransferView>> Page(TransfersQuery transfers, DateTimeOffset changedBefore) =>
            (await _ledger.Services.GetRequiredService<IReadModelReader>().Query(
                "transfers", [.. _ledger.Fresh.AfterTokens.Select(LogPosition.Parse)], Long,
                TransferQueries.Page(transfers, changedBefore), TestContext.Current.CancellationToken)).Value;
    }
}
