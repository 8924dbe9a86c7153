using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Consistency;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>Many transfers at once: done as one by one they would be, or left to that.</summary>
public abstract class ImportJourneys(LedgerFixture fixture)
{
    private static readonly DateOnly s_day = new(2024, 2, 29);

    private readonly LedgerHost _ledger = fixture.NewScope();

    [Fact]
    public async Task A_chunk_posts_all_its_transfers_and_the_reads_that_follow_see_them()
    {
        await _ledger.Open("alice", 100);
        await _ledger.Open("bob");
        // Active before, and then behind the log.
        Assert.Equal((100, 0), (await _ledger.Balance("alice"), await _ledger.Balance("bob")));

        // The second one spends what the first one brings.
        var answer = await Post(Payment("t-1", ("alice", -100), ("bob", 100)), Payment("t-2", ("bob", -70), ("alice", 70)));

        Assert.All(answer.Results, result => Assert.Equal((CommandStatus.Done, false), (result!.Status, result.Duplicate)));
        Assert.Equal((70, 30), (await _ledger.Balance("alice"), await _ledger.Balance("bob")));
        Assert.Equal(TransferStatus.Completed, (await _ledger.Transfer("t-2").Show())!.Status);
        Assert.Equal(CommandStatus.Refused, (await _ledger.Execute("bob", new Withdraw(Euros(31), null))).Status);
        await _ledger.Done("bob", new Withdraw(Euros(30), null));
        await _ledger.AssertZeroSum();
    }

    [Fact]
    public async Task What_an_account_refuses_is_left_out_with_no_trace_and_the_rest_is_posted()
    {
        await _ledger.Open("alice", 100);
        await _ledger.Open("bob");
        await _ledger.Open("frozen");
        await _ledger.Done("frozen", new FreezeAccount());

        var answer = await Post(
            Payment("too much", ("alice", -101), ("bob", 101)),
            Payment("fine", ("alice", -60), ("bob", 60)),
            Payment("frozen", ("alice", -1), ("frozen", 1)),
            Payment("nobody", ("alice", -1), ("nobody", 1)),
            Payment("too much by now", ("alice", -41), ("bob", 41)),
            Payment("fine too", ("alice", -40), ("bob", 40)));

        Assert.Equal(["fine", "fine too"], Done(answer, "too much", "fine", "frozen", "nobody", "too much by now", "fine too"));
        Assert.Null(await _ledger.Transfer("frozen").Show());
        Assert.Equal(
            ["account.opened", "account.deposited", "account.funds-held", "account.hold-captured", "account.funds-held",
                "account.hold-captured"],
            (await _ledger.Account("alice").History(0, 10)).Select(entry => entry.Type));
        Assert.Equal(100, await _ledger.Balance("bob"));
        await _ledger.AssertZeroSum();
    }

    [Fact]
    public async Task What_an_account_refused_is_taken_by_the_next_chunk_once_others_have_put_the_account_right()
    {
        await _ledger.Open("alice", 1);
        var transfer = Payment("t-1", ("alice", -5), ("bob", 5));
        Assert.Equal([null], (await Post(transfer)).Results);
        await _ledger.Open("bob");
        await _ledger.Done("alice", new Deposit(Euros(4), null));

        // The first look finds the old state, and brings the new one.
        await Post(Payment("t-2", ("alice", -5), ("bob", 5)));
        Assert.Equal(CommandStatus.Done, (await Post(transfer)).Results[0]?.Status);
        Assert.Equal((0, 5), (await _ledger.Balance("alice"), await _ledger.Balance("bob")));
    }

    [Fact]
    public async Task What_is_not_plain_is_left_to_the_transfers_own_grain()
    {
        await _ledger.Open("alice", 100);
        await _ledger.Open("bob");
        var plain = Payment("t-1", ("alice", -1), ("bob", 1));
        var answer = await Post(
            plain,
            plain,
            plain with { Id = "not\nan id" },
            Payment("unbalanced", ("alice", -1), ("bob", 2)),
            Payment("to itself", ("alice", -1), ("alice", 1)),
            Payment("without a day", ("alice", -1), ("bob", 1)) with { Header = Header() });

        Assert.Equal([true, false, false, false, false, false], answer.Results.Select(result => result is not null));
        Assert.Equal(1, await _ledger.Balance("bob"));
    }

    [Fact]
    public async Task A_transfer_that_is_there_is_recognised_whichever_way_it_came()
    {
        await _ledger.Open("alice", 100);
        await _ledger.Open("bob");
        var (first, second, third) = (
            Payment("t-1", ("alice", -1), ("bob", 1)), Payment("t-2", ("alice", -2), ("bob", 2)),
            Payment("t-3", ("alice", -4), ("bob", 4)));
        await Post(first);
        Assert.True((await Create(first)).Result.Duplicate);
        Assert.Equal(CommandStatus.Done, (await Create(second)).Result.Status);

        var again = await Post(first, second, third);
        Assert.Equal([true, true, false], again.Results.Select(result => result!.Duplicate));
        Assert.All(again.Results, result => Assert.Equal((CommandStatus.Done, 4), (result!.Status, result.Version)));
        Assert.Equal(7, await _ledger.Balance("bob"));

        // Another transfer under an id that is taken, and the same one under another command id: only its grain can tell.
        var other = Payment("t-1", ("alice", -8), ("bob", 8));
        var renamed = first with { Header = Header(effective: s_day) };
        var reused = other with { Header = first.Header };
        Assert.All((await Post(other, renamed, reused)).Results, Assert.Null);
        Assert.Equal(RefusalCodes.TransferExists, (await Create(other)).Result.Refusal!.Code);
        Assert.Equal((CommandStatus.Done, true), ((await Create(renamed)).Result.Status, (await Create(renamed)).Result.Duplicate));
        Assert.Equal(RefusalCodes.CommandIdReused, (await Create(reused)).Result.Refusal!.Code);
        Assert.Equal(7, await _ledger.Balance("bob"));
        await _ledger.AssertZeroSum();
    }

    [Fact]
    public async Task Two_imports_and_the_deposits_of_others_on_the_same_accounts_lose_nothing_and_double_nothing()
    {
        await _ledger.Open("alice", overdraft: null);
        await _ledger.Open("bob", overdraft: null);
        const int chunks = 6, transfers = 40, deposits = 150;

        async Task Import(string key)
        {
            foreach (var chunk in Enumerable.Range(0, chunks))
            {
                var planned = Enumerable.Range(0, transfers)
                    .Select(number => Payment($"{key} {chunk} {number}", ("alice", -1), ("bob", 1))).ToArray();
                var answer = await Post(key, planned);
                foreach (var (transfer, _) in planned.Zip(answer.Results).Where(pair => pair.Second is null))
                    Assert.Equal(CommandStatus.Done, (await Create(transfer)).Result.Status);
                Assert.All(answer.Results.OfType<CommandResult>(), result => Assert.Equal(CommandStatus.Done, result.Status));
            }
        }

        async Task Deposits(string id)
        {
            foreach (var _ in Enumerable.Range(0, deposits))
                await _ledger.Done(id, new Deposit(Euros(1), null));
        }

        await Task.WhenAll(Import("one"), Import("two"), Deposits("alice"), Deposits("bob"));

        const int moved = 2 * chunks * transfers;
        Assert.Equal((deposits - moved, deposits + moved), (await _ledger.Balance("alice"), await _ledger.Balance("bob")));
        await _ledger.AssertZeroSum();
    }

    [Fact]
    public async Task A_long_import_leaves_snapshots_so_that_nobody_reads_all_of_it_again()
    {
        await _ledger.Open("alice", overdraft: null);
        await _ledger.Open("bob", overdraft: null);
        var answer = await Post([.. Enumerable.Range(0, 600).Select(number => Payment($"t-{number}", ("alice", -1), ("bob", 1)))]);

        Assert.All(answer.Results, result => Assert.Equal(CommandStatus.Done, result?.Status));
        await Eventually.Holds(
            async () => await _ledger.Services.GetRequiredService<ISnapshotStore>().Read(
                JournalId.Of("account", _ledger.Id("alice")), TestContext.Current.CancellationToken) is { Version: 1_201 },
            Long, "the payer's snapshot is written");
        Assert.Equal(600, await _ledger.Balance("bob"));
    }

    [Fact]
    public async Task A_chunk_that_is_too_large_is_refused_with_its_limit()
    {
        var transfer = Payment("t-1", ("alice", -1), ("bob", 1));
        var tooMany = await Post([.. Enumerable.Repeat(transfer, ILedgerImportGrain.TransfersMax + 1)]);
        Assert.All(tooMany.Results, result => Assert.Contains("1000 transfers", result!.Refusal!.Message, StringComparison.Ordinal));

        var wide = transfer with { Command = new CreateTransfer([.. Enumerable.Repeat(transfer.Command.Postings[0], 1_000)], null) };
        var tooWide = await Post([.. Enumerable.Repeat(wide, 6)]);
        Assert.All(tooWide.Results, result => Assert.Equal(RefusalCodes.InvalidInput, result!.Refusal!.Code));
        Assert.Contains("5000 postings", tooWide.Results[0]!.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_is_refused_at_once_while_the_silo_has_enough_to_do_and_nothing_of_it_is_written()
    {
        await _ledger.Open("alice", overdraft: null);
        await _ledger.Open("bob");
        var transfer = Payment("t-1", ("alice", -1), ("bob", 1));
        var admission = _ledger.Services.GetRequiredService<CommandAdmission>();
        var others = new Stack<IDisposable>();
        while (!admission.IsFull)
            others.Push(admission.Enter());
        var refused = Assert.Single((await Post(transfer)).Results)!;
        while (others.TryPop(out var other))
            other.Dispose();

        Assert.Equal((CommandStatus.Unavailable, RefusalCodes.Overloaded), (refused.Status, refused.Refusal!.Code));
        Assert.Equal((CommandStatus.Done, false), (Assert.Single((await Post(transfer)).Results)!.Status, refused.Duplicate));
        Assert.Equal(1, await _ledger.Balance("bob"));
    }

    private ImportedTransfer Payment(string id, params (string Id, long Cents)[] legs) =>
        new(_ledger.Id(id), _ledger.Payment(legs), Header(effective: s_day));

    private Task<ImportAnswer> Post(params ImportedTransfer[] chunk) => Post("import", chunk);

    private async Task<ImportAnswer> Post(string key, ImportedTransfer[] chunk)
    {
        var answer = await _ledger.Client.GetGrain<ILedgerImportGrain>(_ledger.Id(key)).Post(chunk);
        foreach (var token in answer.Tokens)
            _ledger.Remember(token);
        return answer;
    }

    private async Task<TransferResult> Create(ImportedTransfer transfer)
    {
        var result = await _ledger.Client.GetGrain<ITransferGrain>(transfer.Id).Create(transfer.Command, transfer.Header);
        foreach (var token in result.Tokens)
            _ledger.Remember(token);
        return result;
    }

    private static IEnumerable<string> Done(ImportAnswer answer, params string[] names) =>
        names.Zip(answer.Results).Where(pair => pair.Second?.Status == CommandStatus.Done).Select(pair => pair.First);
}
