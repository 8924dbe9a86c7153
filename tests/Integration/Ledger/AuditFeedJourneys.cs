using OrleansEs.EventLog;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>What comes into the log, as somebody sees it who follows the audit.</summary>
public abstract class AuditFeedJourneys(LedgerFixture fixture)
{
    private readonly LedgerHost _ledger = fixture.NewScope();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IAuditFeed Feed => _ledger.Client.GetGrain<IAuditFeed>(0);

    [Fact]
    public async Task The_feed_and_the_audit_let_the_same_events_through_every_filter_and_show_them_alike()
    {
        var story = _ledger.Id("story");
        foreach (var name in new[] { "a", "b", "c" })
        {
            await _ledger.Done(name, new OpenAccount(null, [], 0), Header(correlation: story));
            await _ledger.Done(name, new Deposit(Euros(100), "gift"), Header(effective: new DateOnly(2026, 1, 31)) with { Actor = "ann" });
            await _ledger.Done(name, new Withdraw(Euros(1), null), Header(correlation: story));
        }
        var all = await Audit(new AuditQuery { CorrelationId = story });
        Assert.Equal(6, all.Count);

        foreach (var (filter, countMin) in new[]
        {
            (new AuditQuery { CorrelationId = story }, 6),
            (new AuditQuery { Journal = $"account/{_ledger.Id("b")}" }, 3),
            (new AuditQuery { Actor = "ann" }, 3),
            (new AuditQuery { Type = "account.withdrawn", CorrelationId = story }, 3),
            (new AuditQuery { CorrelationId = story, From = all[2].RecordedAt }, 4),
            (new AuditQuery { CorrelationId = story, To = all[2].RecordedAt }, 2),
            (new AuditQuery { CorrelationId = story, Actor = "nobody" }, 0),
        })
        {
            var audited = await Audit(filter);
            Assert.True(audited.Count >= countMin, filter.ToString());
            Assert.Equal(audited, await FeedAll(filter));
        }
    }

    [Fact]
    public async Task Somebody_who_waits_is_told_at_once_and_also_while_the_read_model_of_the_audit_is_paused()
    {
        var audit = _ledger.Client.GetGrain<EventLog.ReadModels.IReadModelControlGrain>("audit");
        await _ledger.Open("a");
        var opened = Assert.Single(await Audit(new AuditQuery { Journal = $"account/{_ledger.Id("a")}" }));
        var filter = new AuditQuery { Journal = opened.Journal };
        await audit.Pause();
        var waiting = Feed.Next(filter, opened.Token, TimeSpan.FromSeconds(20), Cancellation);

        await _ledger.Done("a", new Deposit(Euros(1), null));

        var page = await waiting.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        Assert.Equal("account.deposited", Assert.Single(page.Entries).Type);
        await audit.Resume();
    }

    [Theory]
    [InlineData("nonsense", 0, "'nonsense' is no read token")]
    [InlineData("99:0", 0, "partition 99; the log has 0 to 7")]
    [InlineData("0:99999999", 0, "0:99999999 lies beyond the head")]
    [InlineData("0:0", 21, "wait is 00:00:21")]
    public async Task A_place_or_wait_that_cannot_be_is_refused_by_name(string after, int waitSeconds, string reason)
    {
        var refusal = await Assert.ThrowsAsync<InvalidQueryException>(
            () => Feed.Next(new AuditQuery(), after, TimeSpan.FromSeconds(waitSeconds), Cancellation));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    private async Task<List<HistoryEntry>> Audit(AuditQuery filter)
    {
        var answer = await _ledger.Queries.Audit(filter with { Take = 1_000 }, _ledger.Fresh);
        Assert.False(answer.Stale);
        Assert.Null(answer.Value.Cursor);
        return [.. answer.Value.Items];
    }

    private async Task<List<HistoryEntry>> FeedAll(AuditQuery filter)
    {
        var heads = (await _ledger.Client.GetGrain<ILogGrain>(0).Stats()).Heads;
        var entries = new List<HistoryEntry>();
        for (var partition = 0; partition < heads.Count; partition++)
        {
            for (var at = new LogPosition(partition, 0); at.Position < heads[partition]; )
            {
                var page = await Feed.Next(filter, at.ToString(), TimeSpan.Zero, Cancellation);
                entries.AddRange(page.Entries);
                at = LogPosition.Parse(page.Next);
            }
        }
        return
        [
            .. entries.OrderBy(entry => entry.RecordedAt).ThenBy(entry => LogPosition.Parse(entry.Token).Partition)
                .ThenBy(entry => LogPosition.Parse(entry.Token).Position),
        ];
    }
}
