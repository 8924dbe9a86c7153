using Microsoft.Extensions.Time.Testing;
using OrleansEs.Ledger.Overload;

namespace OrleansEs.Specs.Overload;

/// <summary>What a silo and its callers notice of a client that throttles itself, in simulated time.</summary>
public sealed class OverloadThrottleSpecs
{
    private const int Second = 1_000;

    [Fact]
    public void A_silo_that_can_do_what_is_asked_gets_all_of_it()
    {
        var silo = new SimulatedSilo { Capacity = 20 };

        Assert.Equal((20 * 3 * Second, 0, 0), silo.Offer(each: 20, milliseconds: 3 * Second));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(50)]
    public void However_much_is_offered_a_silo_is_asked_for_about_twice_what_it_can_do_and_does_it(int times)
    {
        var silo = new SimulatedSilo { Capacity = 20 };
        silo.Offer(each: 20 * times, milliseconds: 2 * Second);

        var (done, refused, spared) = silo.Offer(each: 20 * times, milliseconds: 5 * Second);

        Assert.InRange(done, 19.9 * 5 * Second, 20 * 5 * Second);
        Assert.InRange((double)refused / done, 0.9, 1.15);
        Assert.Equal(20 * times * 5 * Second, done + refused + spared);
    }

    [Fact]
    public void A_small_overload_is_left_to_the_silo()
    {
        var silo = new SimulatedSilo { Capacity = 20 };

        silo.Offer(each: 30, milliseconds: Second);

        Assert.Equal((20 * 5 * Second, 10 * 5 * Second, 0), silo.Offer(each: 30, milliseconds: 5 * Second));
    }

    [Fact]
    public void A_second_after_the_load_has_dropped_everything_is_sent()
    {
        var silo = new SimulatedSilo { Capacity = 20 };
        silo.Offer(each: 100, milliseconds: 5 * Second);
        silo.Offer(each: 10, milliseconds: Second);

        Assert.Equal((10 * Second, 0, 0), silo.Offer(each: 10, milliseconds: Second));
    }

    [Fact]
    public void A_second_after_a_silo_that_took_nothing_can_work_again_it_has_all_that_it_can_do()
    {
        var silo = new SimulatedSilo { Capacity = 0 };
        silo.Offer(each: 100, milliseconds: 5 * Second);
        // It is still asked, ten times a second in each group and now and then by chance.
        var (done, refused, _) = silo.Offer(each: 100, milliseconds: Second);
        Assert.Equal(0, done);
        Assert.InRange(refused, 10 * OverloadThrottle.Groups, 12 * OverloadThrottle.Groups);

        silo.Capacity = 20;
        silo.Offer(each: 100, milliseconds: Second);

        Assert.InRange(silo.Offer(each: 100, milliseconds: Second).Done, 19 * Second, 20 * Second);
    }

    [Fact]
    public void A_silo_that_can_do_more_than_before_is_found_out_within_a_second()
    {
        var silo = new SimulatedSilo { Capacity = 10 };
        silo.Offer(each: 100, milliseconds: 5 * Second);
        silo.Capacity = 30;
        silo.Offer(each: 100, milliseconds: Second);

        Assert.InRange(silo.Offer(each: 100, milliseconds: Second).Done, 29 * Second, 30 * Second);
    }

    [Fact]
    public void A_hiccup_of_a_third_of_a_second_costs_nothing_afterwards()
    {
        var silo = new SimulatedSilo { Capacity = 20 };
        silo.Offer(each: 100, milliseconds: 5 * Second);
        silo.Capacity = 0;
        silo.Offer(each: 100, milliseconds: Second / 3);
        silo.Capacity = 20;

        Assert.InRange(silo.Offer(each: 100, milliseconds: Second).Done, 19.5 * Second, 20 * Second);
    }

    [Fact]
    public void A_grain_that_refuses_nearly_everything_spoils_its_own_group_only()
    {
        var time = new FakeTimeProvider();
        var throttle = new OverloadThrottle(time, seed: 1);
        for (var asked = 0; asked < 10_000; asked++)
            throttle.Answered(0, refused: true);

        Assert.True(Enumerable.Range(0, 10).Count(_ => throttle.Spares(0)) >= 9);
        for (var grain = 1u; grain < OverloadThrottle.Groups; grain++)
            Assert.False(throttle.Spares(grain));
    }

    [Fact]
    public void The_same_seed_spares_the_same_commands()
    {
        Assert.Equal(Choices(7), Choices(7));
        Assert.NotEqual(Choices(7), Choices(8));
    }

    private static string Choices(ulong seed)
    {
        var throttle = new OverloadThrottle(new FakeTimeProvider(), seed);
        for (var answered = 0; answered < 1_000; answered++)
            throttle.Answered(0, refused: answered % 4 != 0);
        return string.Concat(Enumerable.Range(0, 100).Select(_ => throttle.Spares(0) ? 'x' : '.'));
    }
}
