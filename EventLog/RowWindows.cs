namespace OrleansEs.EventLog;

/// <summary>
/// When rows that follow from the log are written: at once while few commands come, and together at the end of each window while
/// many do, unless somebody waits for them.
/// </summary>
/// <remarks>
/// The part of a read model moves one checkpoint, wakes and commits whether few events or many came to it, and rows that are
/// written together share pages and statements. So under load rows gather, and what is saved goes to the commands. Load is what this
/// silo appends: most of what it reads is its own, since all that belongs to a partition lives on one silo.
/// Invariant: rows wait for the end of one window at most.
/// </remarks>
internal sealed class RowWindows(TimeProvider time)
{
    /// <summary>How long a window is: enough for some commits of commands, and less than what many callers wait for one.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(20);

    /// <summary>So many commands in a window, and more, are load: 750 a second. Whoever waits for rows still gets them at once.</summary>
    public const int ManyCommands = 15;

    /// <summary>From so many on, 5,000 a second, rows wait whoever asks for them: there is always somebody.</summary>
    public const int VeryManyCommands = 100;

    private readonly Lock _lock = new();
    private readonly long _since = time.GetTimestamp();
    private long _window;
    private int _commands;
    private int _commandsBefore;
    private long _hurriedUpTo = -1;
    private TaskCompletionSource _hurried = NewSource();

    /// <summary>Notes that commands are being appended.</summary>
    public void Appending(int commands)
    {
        lock (_lock)
        {
            Turn();
            _commands += commands;
        }
    }

    /// <summary>Somebody waits for rows: those of this window and of the next need not, unless very many commands come.</summary>
    public void Hurry()
    {
        TaskCompletionSource hurried;
        lock (_lock)
        {
            Turn();
            _hurriedUpTo = _window + 1;
            (hurried, _hurried) = (_hurried, NewSource());
        }
        hurried.SetResult();
    }

    /// <summary>Waits until rows may be written.</summary>
    public Task Wait()
    {
        lock (_lock)
        {
            var left = Turn();
            var commands = Math.Max(_commands, _commandsBefore);
            if (commands >= VeryManyCommands)
                return Task.Delay(left, time);
            return commands < ManyCommands || _window <= _hurriedUpTo
                ? Task.CompletedTask
                : Task.WhenAny(_hurried.Task, Task.Delay(left, time));
        }
    }

    // Begins a window when the last one has ended. What is left of it.
    private TimeSpan Turn()
    {
        var now = time.GetElapsedTime(_since).Ticks;
        var window = now / Window.Ticks;
        if (window != _window)
            (_window, _commands, _commandsBefore) = (window, 0, window == _window + 1 ? _commands : 0);
        return TimeSpan.FromTicks(Window.Ticks - (now % Window.Ticks));
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
