using OrleansEs.EventLog;
using OrleansEs.EventLog.Postgres;

namespace OrleansEs.Specs.EventLog;

/// <summary>Which requests of a batch this silo judges by memory, and which the database judges.</summary>
public sealed class PostgresAppendPlanSpecs
{
    private readonly PostgresLogMemory _memory = new(partitions: 1) { TrustAfter = 0 };

    [Fact]
    public void Nothing_is_judged_by_an_empty_memory()
    {
        var plan = Plan(Request("alice", 0), Request("bob", 3));

        Assert.Empty(plan.Placed);
        Assert.Equal([[0, 1]], plan.Waves);
    }

    [Fact]
    public void Requests_that_follow_from_what_is_remembered_get_their_places_one_after_the_other()
    {
        Remember(head: 10, ("alice", 4), ("bob", 2));

        var plan = Plan(Request("alice", 4, events: 2), Request("bob", 2), Request("alice", 6));

        Assert.Equal([0, 1, 2], plan.Placed);
        Assert.Equal([10, 12, 13], plan.Bases);
        Assert.Equal((10, 14), plan.Extended[0]);
        Assert.Empty(plan.Waves);
    }

    [Fact]
    public void A_journal_that_is_not_remembered_can_be_begun_and_not_continued()
    {
        Remember(head: 10);

        var plan = Plan(Request("new", 0), Request("unknown", 7), Request("new", 1));

        Assert.Equal([0, 2], plan.Placed);
        Assert.Equal([[1]], plan.Waves);
    }

    [Fact]
    public void A_request_behind_one_that_the_database_judges_is_judged_by_it_too_and_after_it()
    {
        Remember(head: 10, ("alice", 4));

        var plan = Plan(Request("alice", 3), Request("alice", 4), Request("bob", 0));

        Assert.Equal([2], plan.Placed);
        Assert.Equal([[0], [1]], plan.Waves);
    }

    [Fact]
    public void An_end_that_was_found_elsewhere_takes_all_that_was_remembered_with_it()
    {
        Remember(head: 10, ("alice", 4));

        _memory.Learn(0, found: 12, head: 13, []);

        Assert.Equal(13, _memory.FindHead(0));
        Assert.Null(_memory.FindVersion(0, JournalId.Of("test", "alice")));
    }

    [Fact]
    public void A_partition_is_built_on_only_after_some_transactions_that_nobody_came_between()
    {
        _memory.TrustAfter = 2;
        _memory.Learn(0, found: 0, head: 1, []);
        _memory.Learn(0, found: 1, head: 2, []);
        Assert.Null(_memory.FindHead(0));

        _memory.Learn(0, found: 2, head: 3, []);
        Assert.Equal(3, _memory.FindHead(0));

        _memory.Learn(0, found: 4, head: 5, []);
        Assert.Null(_memory.FindHead(0));
    }

    [Fact]
    public void Journals_that_were_not_used_for_long_are_forgotten_and_the_others_are_not()
    {
        for (var number = 0; number < 50_000; number++)
            _memory.Learn(0, number, number + 1, [(JournalId.Of("test", "busy"), number), (JournalId.Of("test", $"j{number}"), 1)]);

        Assert.Equal(49_999, _memory.FindVersion(0, JournalId.Of("test", "busy")));
        Assert.Equal(1, _memory.FindVersion(0, JournalId.Of("test", "j49999")));
        Assert.Null(_memory.FindVersion(0, JournalId.Of("test", "j1")));
    }

    private void Remember(long head, params (string Key, long Version)[] versions) =>
        _memory.Learn(0, 0, head, versions.Select(known => (JournalId.Of("test", known.Key), known.Version)));

    private PostgresAppendPlan Plan(params AppendRequest[] requests) => new(requests, partitions: 1, _memory);

    private static AppendRequest Request(string key, long expected, int events = 1) => new(
        JournalId.Of("test", key), expected, Guid.CreateVersion7(),
        [.. Enumerable.Repeat(new ProposedEvent("test.happened", 1, "json", "{}"u8.ToArray(), EventMetadata.None), events)]);
}
