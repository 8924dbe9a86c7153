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

        Assert.False(await at3.End);
        Assert.False(await at6.End);
        Assert.Equal([unconditional], _pending.Groups);
    }

    [Fact]
    public async Task A_failure_that_nobody_waited_for_is_thrown_once_to_the_next_who_confirms()
    {
        _pending.Fail([Raise(["a"])], new InvalidOperationException("bad"));

        await Assert.ThrowsAsync<InvalidOperationException>(_pending.WaitForAll);
        await _pending.WaitForAll();
        Assert.True(_pending.IsEmpty);
    }

    [Fact]
    public async Task Who_confirms_waits_for_all_that_was_raised_before_and_gets_nobody_elses_failure()
    {
        var bad = Raise(["bad"]);
        var first = _pending.WaitForAll();
        var conditional = Raise(["if"], expectedVersion: 1);
        var good = Raise(["good"]);
        var second = _pending.WaitForAll();
        var later = Raise(["later"]);

        _pending.Confirm([good]);
        _pending.Fail([bad], new InvalidOperationException("bad"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => first);
        Assert.False(second.IsCompleted);
        _pending.Fail([conditional], new FormatException("if"));

        await second;
        await Assert.ThrowsAsync<FormatException>(() => conditional.End);
        Assert.Equal([later], _pending.Groups);
    }

    [Fact]
    public async Task A_failure_reaches_its_caller_only_after_all_that_was_raised_before_has_ended()
    {
        var slow = Raise(["slow"]);
        _pending.Fail([Raise(["bad"])], new InvalidOperationException("bad"));
        var confirming = _pending.WaitForAll();

        Assert.False(confirming.IsCompleted);
        _pending.Confirm([slow]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => confirming);
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
    public async Task A_clear_drops_what_was_raised_before_it_keeps_the_rest_and_tells_nobody_that_it_failed()
    {
        var before = Raise(["a"]);
        var confirming = _pending.WaitForAll();
        var lastNumber = _pending.LastNumber;
        var after = Raise(["b", "c"]);
        _pending.Discard(lastNumber);

        Assert.False(await before.End);
        await confirming;
        Assert.Equal([after], _pending.Groups);
        Assert.Equal(2, _pending.Count);
        Assert.False(after.End.IsCompleted);
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
        return _pending.Add([.. events], expectedVersion, EventMetadata.None, _time.GetTimestamp(), deadline);
    }
}
