using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Contracts;

namespace OrleansEs.Integration.ReadSide;

/// <summary>Rebuilding the rows of one journal.</summary>
public abstract partial class QuarantineTests
{
    [Fact]
    public async Task Rebuilding_a_key_repairs_its_rows_and_touches_no_other_while_others_go_on()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, OnlyByHand);
        var (key, other) = TwoOfOnePartition();
        await host.Append(key, 1, 2, 3);
        await host.Applied(await host.Append(other, 4));
        await Execute(host, "update tally_b1_tally set sum = sum + 1000");
        var load = Task.Run(
            async () =>
            {
                for (var round = 0; round < 50; round++)
                    await host.Append(key, round + 100);
            },
            Cancellation);

        await host.Control.RebuildKey(JournalId.Of("test", key), "ann");

        await load;
        await host.Applied(await host.Append(key, 5));
        var rows = await host.Rows();
        Assert.Equal(
            TallyProjection.Fold([1, 2, 3, .. Enumerable.Range(100, 50).Select(amount => (long)amount), 5]), rows[$"test/{key}"]);
        Assert.Equal(1004, rows[$"test/{other}"].Sum);
        Assert.Equal($"rebuild-key by ann of test/{key} in build 1", Assert.Single(await Decisions(host)));
        Assert.Equal(0, await ParkedInAnswers(host));
    }

    [Fact]
    public async Task A_key_that_is_longer_than_a_transaction_should_be_is_rebuilt_page_by_page()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, options => options.CatchUpPageSizeMax = options.PageSizeMax = 10);
        var (key, other) = TwoOfOnePartition();
        for (var page = 0; page < 5; page++)
            await host.Append(key, [.. Enumerable.Range(page * 10, 9).Select(amount => amount + 100L)]);
        await host.Applied(await host.Append(other, 4));
        await Execute(host, "update tally_b1_tally set fold = 0 where sum > 100");

        await host.Control.RebuildKey(JournalId.Of("test", key), "ann");

        await NothingParked(host);
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task Rebuilding_a_key_leaves_out_what_was_skipped_and_takes_a_repaired_journal_out_of_quarantine()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, OnlyByHand);
        var journal = JournalId.Of("test", "sick");
        await host.Applied(await host.Append("sick", 1, Poison, 3, Poison, 5));
        await host.Control.Skip(journal, 2, "a test deposit", "ann");
        await Eventually.Holds(
            async () => Assert.Single(await host.Control.Parked(10)) is { Version: 4, Attempts: 1 }, ReadSideHost.Long, "at the next");

        var refusal = await Assert.ThrowsAsync<ReadModelBusyException>(() => host.Control.RebuildKey(journal, "bob"));
        Assert.Contains("cannot take 13", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(TallyProjection.Fold([1, 3]), (await host.Rows())["test/sick"]);

        _fault.PoisonAmount = null;
        await host.Control.RebuildKey(journal, "bob");
        Assert.Empty(await host.Control.Parked(10));
        Assert.Equal(TallyProjection.Fold([1, 3, Poison, 5]), (await host.Rows())["test/sick"]);
    }

    [Fact]
    public async Task A_key_that_cannot_be_rebuilt_is_refused_with_the_remedy()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, OnlyByHand, silo => silo.Services.AddReadModel<CountingProjection>());
        var token = await host.Append("well", 1);
        await host.Applied(token);
        Assert.True(await host.Reader.WaitFor(CountingProjection.ModelName, [token], ReadSideHost.Long, Cancellation));
        var counting = host.Client.GetGrain<IReadModelControlGrain>(CountingProjection.ModelName);

        var refusal = await Assert.ThrowsAsync<ReadModelBusyException>(() => counting.RebuildKey(JournalId.Of("test", "well"), "ann"));
        Assert.Contains("readmodel rebuild counting", refusal.Remedy, StringComparison.Ordinal);
        var unknown = await Assert.ThrowsAsync<ReadModelBusyException>(
            () => host.Control.RebuildKey(JournalId.Of("test", "nobody"), "ann"));
        Assert.Contains("test/nobody has no event", unknown.Message, StringComparison.Ordinal);
        Assert.Empty(await Decisions(host));
    }
}
