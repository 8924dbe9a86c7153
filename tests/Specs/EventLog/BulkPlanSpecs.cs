using OrleansEs.EventLog;
using OrleansEs.EventLog.Bulk;

namespace OrleansEs.Specs.EventLog;

/// <summary>How the places of a bulk are given out.</summary>
public sealed class BulkPlanSpecs
{
    private const int Partitions = 8;

    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly JournalId s_alice = JournalId.Of("account", "alice");

    [Fact]
    public void A_clock_that_was_set_back_does_not_make_time_run_backwards()
    {
        var last = StoredValues.FromTime(s_now.AddHours(1));

        var (write, results) = Plan(Request(2)).Place(Ends(7, last), s_now);

        Assert.All(write.Events, committed => Assert.Equal(s_now.AddHours(1), committed.RecordedAt));
        Assert.Equal(new AppendResult.Appended(new LogPosition(Partition, 9), 2, s_now.AddHours(1)), Assert.Single(results));
        Assert.Equal(new PartitionEnd(9, last), write.Ends[Partition]);
    }

    [Fact]
    public void Places_follow_what_is_there_and_each_other()
    {
        var (write, results) = Plan(Request(2), Request(1, expected: 2)).Place(Ends(7, 0), s_now);

        Assert.Equal([8L, 9L, 10L], write.Events.Select(committed => committed.At.Position));
        Assert.Equal([1L, 2L, 3L], write.Events.Select(committed => committed.Version));
        Assert.Equal([0, 1, 0], write.Events.Select(committed => committed.CommandIndex));
        Assert.Equal([2L, 3L], results.Select(result => result.LastVersion));
    }

    [Fact]
    public void Versions_follow_only_when_each_request_expects_what_those_before_it_leave()
    {
        Assert.True(Plan(Request(2), Request(1, expected: 2)).Follows([0]));
        Assert.False(Plan(Request(2), Request(1, expected: 1)).Follows([0]));
        Assert.False(Plan(Request(2)).Follows([1]));
    }

    private static int Partition => s_alice.PartitionOf(Partitions);

    private static BulkPlan Plan(params AppendRequest[] requests) => new(requests, Partitions);

    private static Dictionary<int, PartitionEnd> Ends(long head, long recordedAt) => new() { [Partition] = new(head, recordedAt) };

    private static AppendRequest Request(int events, long expected = 0) => new(
        s_alice, expected, Guid.NewGuid(),
        [.. Enumerable.Range(0, events).Select(_ => new ProposedEvent("happened", 1, "json", "{}"u8.ToArray(), EventMetadata.None))]);
}
