using OrleansEs.EventLog;

namespace OrleansEs.Specs.EventLog;

/// <summary>Who gets what, when all who ask must come to the same answer.</summary>
public sealed class EvenSharesSpecs
{
    private static readonly string[] s_items =
    [
        .. from model in new[] { "accounts", "audit", "statements", "transfers" }
           from partition in Enumerable.Range(0, 8)
           select $"{model}/1/{partition}",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(40)]
    public void No_owner_has_more_than_one_item_more_than_another(int owners)
    {
        var shares = EvenShares.Of(s_items, Owners(owners));

        Assert.Equal(s_items.Order(StringComparer.Ordinal), shares.Keys.Order(StringComparer.Ordinal));
        var counts = Owners(owners).Select(owner => shares.Values.Count(other => other == owner)).ToList();
        Assert.InRange(counts.Max() - counts.Min(), 0, 1);
    }

    [Fact]
    public void The_order_in_which_items_and_owners_are_named_changes_nothing() => Assert.Equal(
        EvenShares.Of(s_items, Owners(3)), EvenShares.Of(s_items.Reverse(), Owners(3).Reverse()));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Most_items_stay_where_they_are_when_an_owner_comes_or_goes(int owners)
    {
        var before = EvenShares.Of(s_items, Owners(owners));
        var after = EvenShares.Of(s_items, Owners(owners + 1));

        var moved = s_items.Count(item => before[item] != after[item]);
        Assert.InRange(moved, s_items.Length / (owners + 1), s_items.Length / 2);
    }

    [Fact]
    public void Where_nobody_is_nobody_has_anything() => Assert.Empty(EvenShares.Of(s_items, []));

    private static IEnumerable<string> Owners(int count) => Enumerable.Range(1, count).Select(n => $"10.0.0.{n}:11111");
}
