using System.Diagnostics;

namespace OrleansEs.Faults.Harness;

/// <summary>Waits for what gives no signal.</summary>
internal static class Eventually
{
    /// <summary>Looks again and again until the condition holds.</summary>
    public static async Task Holds(Func<Task<bool>> condition, TimeSpan timeout, string what)
    {
        var watch = Stopwatch.StartNew();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            Assert.True(watch.Elapsed < timeout, $"After {timeout.TotalSeconds} s still not: {what}.");
            await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
