using OrleansEs.EventLog;
using OrleansEs.Specs.ReadSide;

namespace OrleansEs.Specs.EventLog;

public sealed class RecentEventsSpecs
{
    private const int Kept = 256;

    private readonly RecentEvents _recent = new();

    [Fact]
    public void A_place_in_what_is_kept_gets_what_follows_it_in_pages()
    {
        _recent.Add(Committed.Run(1, 5));

        Assert.Equal([3, 4, 5], PositionsAfter(2));
        Assert.Equal([3, 4], PositionsAfter(2, countMax: 2));
        Assert.Equal([], PositionsAfter(5));
        Assert.Equal([], PositionsAfter(9));
    }

    [Fact]
    public void A_place_before_what_is_kept_is_sent_to_the_log()
    {
        Assert.Equal([], PositionsAfter(0));

        _recent.Add(Committed.Run(1, Kept + 10));

        Assert.Null(PositionsAfter(9));
        Assert.Equal(Kept, PositionsAfter(10)!.Count());
    }

    [Fact]
    public void Behind_a_hole_what_is_kept_begins_anew()
    {
        _recent.Add(Committed.Run(1, 5));
        _recent.Add(Committed.Run(7, 2));

        Assert.Null(PositionsAfter(4));
        Assert.Null(PositionsAfter(5));
        Assert.Equal([7, 8], PositionsAfter(6));
    }

    [Fact]
    public void What_is_told_late_changes_nothing()
    {
        _recent.Add(Committed.Run(5, 3));
        _recent.Add(Committed.Run(3, 2));

        Assert.Equal([5, 6, 7], PositionsAfter(4));
        Assert.Null(PositionsAfter(2));
    }

    [Fact]
    public void Large_events_are_forgotten_sooner_but_for_the_last()
    {
        _recent.Add(Committed.Run(1, 10, payloadBytes: 200_000));
        Assert.Equal([9, 10], PositionsAfter(8));
        Assert.Null(PositionsAfter(7));

        _recent.Add(Committed.Run(11, 1, payloadBytes: 2_000_000));
        Assert.Equal([11], PositionsAfter(10));
    }

    private IEnumerable<long>? PositionsAfter(long position, int countMax = 1_000) =>
        _recent.After(position, countMax)?.Select(committed => committed.At.Position);
}
