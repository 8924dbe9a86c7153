using System.Diagnostics;

namespace OrleansEs.Integration;

/// <summary>Waits for what gives no signal.</summary>
internal static class Eventually
{
    /// <summary>Looks again and again until the condition holds, and says how long that took.</summary>
    public static async Task<TimeSpan> Holds(Func<Task<bool>> condition, TimeSpan timeout, string what)
    {
        var watch = Stopwatch.StartNew();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!await condition())
        {
            Assert.True(watch.Elapsed < timeout, $"After {timeout.TotalSeconds} s still not: {what}.");
            await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
        return watch.Elapsed;
    }
}
