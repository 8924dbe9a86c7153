using Microsoft.Extensions.Time.Testing;
using OrleansEs.EventLog.Sqlite;

namespace OrleansEs.Specs.EventLog;

/// <summary>When rows of read models wait on SQLite.</summary>
public sealed class SqliteRowWindowsSpecs
{
    private readonly FakeTimeProvider _time = new();
    private readonly SqliteRowWindows _windows;

    public SqliteRowWindowsSpecs() => _windows = new SqliteRowWindows(_time);

    [Fact]
    public void Rows_of_few_commands_wait_for_nobody()
    {
        _windows.Appending(SqliteRowWindows.ManyCommands - 1);

        Assert.True(_windows.Wait().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task While_many_commands_come_rows_wait_for_the_end_of_one_window()
    {
        _windows.Appending(SqliteRowWindows.ManyCommands - 1);
        _windows.Appending(1);

        var (first, second) = (_windows.Wait(), _windows.Wait());

        Assert.False(first.IsCompleted);
        _time.Advance(SqliteRowWindows.Window);
        await Task.WhenAll(first, second);
    }

    [Fact]
    public void The_window_after_one_with_many_commands_still_gathers_and_the_one_after_that_does_not()
    {
        _windows.Appending(SqliteRowWindows.ManyCommands);

        _time.Advance(SqliteRowWindows.Window);
        Assert.False(_windows.Wait().IsCompleted);

        _time.Advance(SqliteRowWindows.Window);
        Assert.True(_windows.Wait().IsCompletedSuccessfully);
    }
}
