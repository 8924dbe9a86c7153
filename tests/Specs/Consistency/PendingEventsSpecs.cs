using Microsoft.Extensions.Time.Testing;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Consistency;

namespace OrleansEs.Specs.Consistency;

/// <summary>What becomes of events between raising and confirming.</summary>
public sealed class PendingEventsSpecs
{
    private readonly FakeTimeProvider _time = new();
    private readonly PendingEvents<string> _pending = new();

    [Fact]
    public void Groups_are_never_split_and_a_large_one_goes_by_itself()
    {
        var small = Raise(Enumerable.Repeat("s", 300));
        var large = Raise(Enumerable.Repeat("l", 700));

        Assert.Equal([small], _pending.NextBatch(int.MaxValue));
        _pending.Confirm([small]);
        Assert.Equal([large], _pending.NextBatch(int.MaxValue));
        Assert.Equal(700, _pending.Count);
    }

    [Fact]
    public void Groups_can_be_sent_one_by_one()
    {
        var first = Raise(["a"]);
        Raise(["b"]);

        Assert.Equal([first], _pending.NextBatch(1));
    }

    [Fact]
    public async Task Only_conditions_that_cannot_be_met_any_more_are_refused()
    {
        var at3 = Raise(["a", "b"], expectedVersion: 3);
        var unconditional = Raise(["c"]);
        var at6 = Raise(["d"], expectedVersion: 6);
        Assert.False(_pending.RefuseStale(3));

        Assert.True(_pending.RefuseStale(4));

        Assert.False(await at3.Wait());
        Assert.False(await at6.Wait());
        Assert.Equal([unconditional], _pending.Groups);
    }

    [Fact]
    public void A_failure_that_nobody_waited_for_is_thrown_once()
    {
        _pending.Fail([Raise(["a"])], new InvalidOperationException("bad"));

        Assert.Throws<InvalidOperationException>(_pending.ThrowUnheard);
        _pending.ThrowUnheard();
        Assert.True(_pending.IsEmpty);
    }

    [Fact]
    public async Task A_failure_that_somebody_waited_for_is_thrown_there_only()
    {
        var group = Raise(["a"]);
        var waiting = group.Wait();
        _pending.Fail([group], new InvalidOperationException("bad"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting);
        _pending.ThrowUnheard();
    }

    [Fact]
    public void The_oldest_group_expires_and_with_it_all_whose_deadline_has_passed()
    {
        Raise(["a"]);
        _time.Advance(TimeSpan.FromSeconds(4));
        Raise(["b"]);
        _time.Advance(TimeSpan.FromSeconds(3));
        var young = Raise(["c"]);
        _time.Advance(TimeSpan.FromSeconds(8));

        _pending.FailExpired(new EventLogUnavailableException("no answer"));

        Assert.Equal([young], _pending.Groups);
    }

    [Fact]
    public async Task A_clear_drops_everything_and_tells_nobody_that_it_failed()
    {
        var group = Raise(["a"]);
        _pending.Discard();

        Assert.False(await group.Wait());
        Assert.Equal(0, _pending.Count);
        _pending.ThrowUnheard();
    }

    [Fact]
    public void A_deadline_passes_and_never_gives_a_negative_rest()
    {
        var deadline = Deadline.After(TimeSpan.FromSeconds(10), _time);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(TimeSpan.FromSeconds(1), deadline.Remaining);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(TimeSpan.Zero, deadline.Remaining);
        Assert.True(deadline.HasPassed);
    }

    private PendingGroup<string> Raise(IEnumerable<string> events, long? expectedVersion = null)
    {
        var deadline = Deadline.After(TimeSpan.FromSeconds(10), _time);
        var group = new PendingGroup<string>([.. events], expectedVersion, EventMetadata.None, _time.GetTimestamp(), deadline);
        _pending.Add(group);
        return group;
    }
}
