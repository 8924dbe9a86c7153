using OrleansEs.Ledger.Overload;

namespace OrleansEs.Specs.Overload;

/// <summary>Which commands a client keeps to itself, by what became of those of the last second.</summary>
public sealed class OverloadWindowSpecs
{
    private const double Always = 0;
    private readonly OverloadWindow _window = new();

    [Fact]
    public void Nothing_is_spared_while_nothing_is_refused_for_overload()
    {
        Answer(period: 0, taken: 1_000, refused: 0);

        Assert.Equal(0, Spared(period: 0, of: 1_000, Always));
    }

    [Fact]
    public void Nothing_is_spared_while_at_least_half_of_what_is_asked_is_taken()
    {
        Answer(period: 3, taken: 500, refused: 500);

        Assert.Equal(0, Spared(period: 3, of: 1_000, Always));
    }

    [Theory]
    // With 100 taken and 300 refused, 400 were asked and 200 are worth asking: the chance to be spared is 200 / 401.
    [InlineData(0.498, true)]
    [InlineData(0.499, false)]
    public void What_is_more_than_twice_what_is_taken_is_spared_by_chance(double chance, bool spared)
    {
        Answer(period: 3, taken: 100, refused: 300);
        SendProbes(period: 3);

        Assert.Equal(spared, _window.Spares(3, chance));
    }

    [Fact]
    public void What_is_spared_counts_as_asked()
    {
        Answer(period: 3, taken: 100, refused: 300);
        SendProbes(period: 3);
        Assert.Equal(100, Spared(period: 3, of: 100, Always));

        // 500 asked, 200 worth asking.
        Assert.True(_window.Spares(3, 0.598));
        Assert.False(_window.Spares(3, 0.6));
    }

    [Fact]
    public void Probes_are_sent_in_every_period_although_nothing_was_taken()
    {
        Answer(period: 0, taken: 0, refused: 1_000_000);

        for (var period = 0; period < OverloadWindow.Periods; period++)
            Assert.Equal(1_000 - OverloadWindow.ProbesMin, Spared(period, of: 1_000, Always));
    }

    [Fact]
    public void A_window_after_the_last_refusal_everything_is_sent_again()
    {
        Answer(period: 7, taken: 0, refused: 1_000);
        for (var period = 7; period < 7 + OverloadWindow.Periods; period++)
            Assert.NotEqual(0, Spared(period, of: 1_000, Always));

        Assert.Equal(0, Spared(period: 7 + OverloadWindow.Periods, of: 1_000, Always));
    }

    [Fact]
    public void What_was_spared_before_a_window_without_refusals_is_forgotten()
    {
        Answer(period: 7, taken: 0, refused: 1_000);
        Assert.NotEqual(0, Spared(period: 6 + OverloadWindow.Periods, of: 1_000, Always));
        var next = 7 + OverloadWindow.Periods;
        Answer(next, taken: 20, refused: 80);
        SendProbes(next);

        // Of 100 asked 40 are worth asking.
        Assert.True(_window.Spares(next, 0.59));
        Assert.False(_window.Spares(next, 0.61));
    }

    [Fact]
    public void What_was_taken_is_forgotten_after_a_window()
    {
        Answer(period: 0, taken: 1_000, refused: 0);
        Answer(period: OverloadWindow.Periods - 1, taken: 0, refused: 500);
        Assert.Equal(0, Spared(period: OverloadWindow.Periods - 1, of: 100, Always));

        Assert.NotEqual(0, Spared(period: OverloadWindow.Periods, of: 100, Always));
    }

    [Fact]
    public void After_a_long_pause_old_counts_are_gone()
    {
        Answer(period: 4, taken: 1_000, refused: 1_000);
        var later = 4 + 7 * OverloadWindow.Periods;
        Answer(later, taken: 10, refused: 90);
        SendProbes(later);

        // Of 100 asked 20 are worth asking.
        Assert.True(_window.Spares(later, 0.79));
        Assert.False(_window.Spares(later, 0.82));
    }

    [Fact]
    public void Threads_that_share_a_window_lose_no_count()
    {
        const int threads = 4;
        const int each = 20_000;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
            Answer(period: 3, taken: each / 4, refused: each * 3 / 4));

        // All in one period: of 80,000 asked 40,000 are worth asking.
        SendProbes(period: 3);
        Assert.True(_window.Spares(3, 0.4999));
        Assert.False(_window.Spares(3, 0.5001));
    }

    private void Answer(long period, int taken, int refused)
    {
        for (var answered = 0; answered < taken; answered++)
            _window.Answered(period, refused: false);
        for (var answered = 0; answered < refused; answered++)
            _window.Answered(period, refused: true);
    }

    // Of so many commands in a row.
    private int Spared(long period, int of, double chance)
    {
        var spared = 0;
        for (var asked = 0; asked < of; asked++)
        {
            if (_window.Spares(period, chance))
                spared++;
        }
        return spared;
    }

    private void SendProbes(long period) => Assert.Equal(0, Spared(period, OverloadWindow.ProbesMin, Always));
}
