namespace OrleansEs.Integration.ReadSide;

/// <summary>What a parked journal costs the others.</summary>
public abstract partial class QuarantineTests
{
    [Fact]
    public async Task A_parked_journal_leaves_the_lag_of_others_in_its_partition_as_it_was()
    {
        await using var store = await NewStore();
        // It is tried again all the time, as long as this takes.
        await using var host = await Start(store, options =>
        {
            options.ParkedRetryDelayMin = options.ParkedRetryDelayMax = TimeSpan.FromMilliseconds(20);
            options.ParkedAttemptsMax = 1_000;
        });
        var (sick, well) = TwoOfOnePartition();
        await host.Applied(await host.Append(well, 1));
        var before = await MedianLag(host, well);
        await host.Append(sick, Poison, 2);
        await Eventually.Holds(async () => (await host.Control.Parked(10)).Count == 1, ReadSideHost.Long, "parked");

        var after = await MedianLag(host, well);

        TestContext.Current.TestOutputHelper?.WriteLine($"median lag {before.TotalMilliseconds} ms, then {after.TotalMilliseconds} ms");
        Assert.InRange(after, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        Assert.Single(await host.Control.Parked(10));
    }

    private static async Task<TimeSpan> MedianLag(ReadSideHost host, string key)
    {
        var lags = new List<TimeSpan>();
        for (var round = 0; round < 51; round++)
            lags.Add(await host.Applied(await host.Append(key, 1_000 + round)));
        return lags.Order().ElementAt(lags.Count / 2);
    }
}
