using System.Diagnostics;

namespace OrleansEs.Benchmarks.Frame;

/// <summary>Strangers, who begin so many commands each second however long the answers take.</summary>
internal static class FixedRate
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);

    /// <summary>Lets them come for a while, and waits until all are answered. One that fails fails the measurement.</summary>
    public static async Task Run(int perSecond, TimeSpan duration, Func<Random, Task> command)
    {
        var random = new Random(1);
        var begun = new List<Task>();
        var started = Stopwatch.GetTimestamp();
        using var tick = new PeriodicTimer(s_tick);
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            var due = Stopwatch.GetElapsedTime(started).TotalSeconds * perSecond;
            while (begun.Count < due)
                begun.Add(command(random));
            await tick.WaitForNextTickAsync();
        }
        await Task.WhenAll(begun);
    }
}
