namespace OrleansEs.Benchmarks.Contenders;

/// <summary>What lives in a silo, by Orleans' own management.</summary>
internal static class Activations
{
    /// <summary>Deactivates every grain that does nothing now, so that the next call loads it.</summary>
    public static Task Collect(IGrainFactory grains) =>
        grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

    /// <summary>How many live.</summary>
    public static Task<int> Count(IGrainFactory grains) => grains.GetGrain<IManagementGrain>(0).GetTotalActivationCount();

    /// <summary>The bytes of managed memory after garbage was collected.</summary>
    public static async Task<long> Bytes(IGrainFactory grains)
    {
        var management = grains.GetGrain<IManagementGrain>(0);
        // What the first collection finalizes, the second one frees.
        await management.ForceGarbageCollection([]);
        await management.ForceGarbageCollection([]);
        return (await management.GetRuntimeStatistics([])).Sum(silo => silo.EnvironmentStatistics.RawMemoryUsageBytes);
    }
}
