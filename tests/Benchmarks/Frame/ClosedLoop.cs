using System.Diagnostics;

namespace OrleansEs.Benchmarks.Frame;

/// <summary>Callers, each of whom sends its next command when the last one was answered.</summary>
internal static class ClosedLoop
{
    private const int WarmUpCallers = 64;

    // .NET compiles a method again when it was called often, in the background: this takes some seconds of load.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(12);

    /// <summary>Work that is not measured, until everything is compiled as it stays.</summary>
    /// <param name="command">Does one command.</param>
    public static Task WarmUp(Func<Random, Task> command) => Run(WarmUpCallers, s_warmUp, command);

    /// <summary>Lets them work for a while. A command that fails ends its caller and then the measurement.</summary>
    /// <param name="callers">How many.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="command">Does one command; it gets its caller's own random numbers, which are the same in every run.</param>
    public static async Task<(double PerSecond, Latencies Latencies)> Run(
        int callers, TimeSpan duration, Func<Random, Task> command)
    {
        var started = Stopwatch.GetTimestamp();
        var taken = await Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
        {
            await Task.Yield();
            var random = new Random(caller);
            var ticks = new List<long>();
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                var sent = Stopwatch.GetTimestamp();
                await command(random);
                ticks.Add(Stopwatch.GetTimestamp() - sent);
            }
            return ticks;
        }));
        var elapsed = Stopwatch.GetElapsedTime(started);
        var latencies = new Latencies(taken.SelectMany(ticks => ticks));
        return (latencies.Count / elapsed.TotalSeconds, latencies);
    }
}
