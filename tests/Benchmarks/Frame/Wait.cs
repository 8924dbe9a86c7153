using System.Diagnostics;

namespace OrleansEs.Benchmarks.Frame;

/// <summary>Waits for what gives no signal.</summary>
internal static class Wait
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks again and again until the condition holds.</summary>
    /// <exception cref="TimeoutException">It does not; the message says what.</exception>
    public static async Task Until(Func<Task<bool>> condition, string what, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using var tick = new PeriodicTimer(s_tick);
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > s_timeout)
                throw new TimeoutException($"After {s_timeout.TotalMinutes} minutes still not: {what}.");
            await tick.WaitForNextTickAsync(cancellation);
        }
    }
}
