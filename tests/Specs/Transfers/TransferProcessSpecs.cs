using OrleansEs.Grains.Transfers;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Specs.Transfers;

/// <summary>The process as a whole: whatever happens on the way, one end, and all money in one place.</summary>
public sealed class TransferProcessSpecs(ITestOutputHelper output)
{
    [Fact]
    public void Whatever_is_lost_late_doubled_or_driven_twice_a_transfer_reaches_one_end_and_conserves_money()
    {
        var start = Environment.TickCount;
        output.WriteLine($"seeds from {start}");
        var ends = Enumerable.Range(start, 1_500)
            .Select(seed => new TransferSimulation(seed).Run(actions: 10 + (Math.Abs(seed) % 90)))
            .CountBy(status => status)
            .ToDictionary();
        output.WriteLine(string.Join(", ", ends));
        // Both ends are common, else the simulation tests less than it says.
        Assert.True(ends[TransferStatus.Completed] > 100);
        Assert.True(ends[TransferStatus.Failed] > 100);
    }

    [Fact]
    public void The_id_of_a_step_is_frozen() => Assert.Equal(
        "87095dc0-a2f1-d80c-6ba2-38687e8bcf11", TransferProcess.StepId("invoice 7", "hold", "alice").ToString());

    [Fact]
    public void Every_step_has_an_id_of_its_own()
    {
        var ids =
            from transfer in new[] { "t", "t1" }
            from step in new[] { "hold", "credit", "capture", "release", "revoke" }
            from account in new[] { "a", "1a" }
            select TransferProcess.StepId(transfer, step, account);
        Assert.Equal(20, ids.Distinct().Count());
    }
}
