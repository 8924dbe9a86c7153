using Microsoft.Extensions.Time.Testing;
using OrleansEs.EventLog;

namespace OrleansEs.Specs.EventLog;

/// <summary>When rows of read models wait.</summary>
public sealed class RowWindowsSpecs
{
    private readonly FakeTimeProvider _time = new();
    private readonly RowWindows _windows;

    public RowWindowsSpecs() => _windows = new RowWindows(_time);

    [Fact]
    public void Rows_of_few_commands_wait_for_nobody()
    {
        _windows.Appending(RowWindows.ManyCommands - 1);

        Assert.True(_windows.Wait().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task While_many_commands_come_rows_wait_for_the_end_of_one_window()
    {
        _windows.Appending(RowWindows.ManyCommands - 1);
        _windows.Appending(1);

        var (first, second) = (_windows.Wait(), _windows.Wait());

        Assert.False(first.IsCompleted);
        _time.Advance(RowWindows.Window);
        await Task.WhenAll(first, second);
    }

    [Fact]
    public async Task Rows_that_somebody_waits_for_do_not_wait_in_this_window_and_the_next()
    {
        _windows.Appending(RowWindows.ManyCommands);
        var gathering = _windows.Wait();
        Assert.False(gathering.IsCompleted);

        _windows.Hurry();

        await gathering.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.True(_windows.Wait().IsCompletedSuccessfully);
        _time.Advance(RowWindows.Window);
        Assert.True(_windows.Wait().IsCompletedSuccessfully);
        _windows.Appending(RowWindows.ManyCommands);
        _time.Advance(RowWindows.Window);
        Assert.False(_windows.Wait().IsCompleted);
    }

    [Fact]
    public async Task Very_many_commands_make_rows_wait_whoever_asks_for_them()
    {
        _windows.Appending(RowWindows.VeryManyCommands);
        _windows.Hurry();

        var gathering = _windows.Wait();

        Assert.False(gathering.IsCompleted);
        _time.Advance(RowWindows.Window);
        await gathering;
    }

    [Fact]
    public void The_window_after_one_with_many_commands_still_gathers_and_the_one_after_that_does_not()
    {
        _windows.Appending(RowWindows.ManyCommands);

        _time.Advance(RowWindows.Window);
        Assert.False(_windows.Wait().IsCompleted);

        _time.Advance(RowWindows.Window);
        Assert.True(_windows.Wait().IsCompletedSuccessfully);
    }
}
