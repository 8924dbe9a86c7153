using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Specs.ReadSide;

public sealed class PushedEventsSpecs
{
    private readonly PushedEvents _pushed = new(pushesMax: 4);

    [Fact]
    public void Pushes_that_follow_each_other_are_taken_as_one_run()
    {
        _pushed.Offer(Committed.Run(1, 2));
        _pushed.Offer(Committed.Run(3, 3));

        Assert.Equal("1 2 3 4 5", Take(after: 0));
        Assert.Equal(0, _pushed.Count);
    }

    [Fact]
    public void Reordered_pushes_are_taken_in_order()
    {
        _pushed.Offer(Committed.Run(3, 1));
        _pushed.Offer(Committed.Run(1, 2));

        Assert.Equal("1 2 3", Take(after: 0));
    }

    [Fact]
    public void What_is_applied_already_is_left_out()
    {
        _pushed.Offer(Committed.Run(1, 5));
        _pushed.Offer(Committed.Run(4, 3));
        _pushed.Offer(Committed.Run(2, 1));

        Assert.Equal("4 5 6", Take(after: 3));
        Assert.Equal(0, _pushed.Count);
    }

    [Fact]
    public void A_hole_yields_nothing_and_is_told()
    {
        _pushed.Offer(Committed.Run(5, 2));

        Assert.Equal("hole", Take(after: 3));
        Assert.Equal("5 6", Take(after: 4));
        Assert.Equal("nothing", Take(after: 6));
    }

    [Fact]
    public void A_run_ends_before_a_hole()
    {
        _pushed.Offer(Committed.Run(1, 2));
        _pushed.Offer(Committed.Run(4, 2));

        Assert.Equal("1 2", Take(after: 0));
        Assert.Equal("hole", Take(after: 2));
    }

    [Fact]
    public void No_more_is_taken_than_asked_for_and_the_rest_stays()
    {
        _pushed.Offer(Committed.Run(1, 5));

        Assert.Equal("1 2 3", Take(after: 0, countMax: 3));
        Assert.Equal("4 5", Take(after: 3, countMax: 3));
    }

    [Fact]
    public void Pushes_beyond_the_bound_are_dropped()
    {
        for (var first = 10; first < 50; first += 10)
            Assert.True(_pushed.Offer(Committed.Run(first, 1)));

        Assert.False(_pushed.Offer(Committed.Run(1, 1)));
        Assert.Equal(4, _pushed.Count);
    }

    [Fact]
    public void A_push_with_a_hole_in_itself_or_without_events_is_no_push()
    {
        Assert.False(_pushed.Offer([.. Committed.Run(1, 1), .. Committed.Run(3, 1)]));
        Assert.False(_pushed.Offer([]));
    }

    [Fact]
    public void The_longer_one_of_two_pushes_that_begin_alike_is_kept()
    {
        _pushed.Offer(Committed.Run(1, 1));
        _pushed.Offer(Committed.Run(1, 3));
        _pushed.Offer(Committed.Run(1, 2));

        Assert.Equal("1 2 3", Take(after: 0));
    }

    [Fact]
    public void Whatever_is_pushed_in_whatever_order_every_position_comes_once_and_in_order()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var pushed = new PushedEvents(pushesMax: 8);
        var log = Committed.Run(1, 500);
        var applied = 0L;
        while (applied < log.Length)
        {
            for (var push = 0; push < 3; push++)
            {
                var first = random.Next((int)Math.Max(0, applied - 10), Math.Min(log.Length, (int)applied + 20));
                pushed.Offer(log[first..Math.Min(log.Length, first + random.Next(1, 8))]);
            }
            var (events, hole) = pushed.TakeAfter(applied, random.Next(1, 10));
            if (hole)
                events = log.Skip((int)applied).Take(4).ToArray();
            foreach (var committed in events)
                Assert.Equal(++applied, committed.At.Position);
        }
    }

    private string Take(long after, int countMax = 100)
    {
        var (events, hole) = _pushed.TakeAfter(after, countMax);
        Assert.False(hole && events.Count > 0);
        return hole ? "hole" : events.Count == 0 ? "nothing" : string.Join(' ', Committed.Positions(events));
    }
}
