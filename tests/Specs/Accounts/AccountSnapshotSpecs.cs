using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using OrleansEs.Grains.Accounts;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using static OrleansEs.Specs.Accounts.AccountScenario;

namespace OrleansEs.Specs.Accounts;

/// <summary>A snapshot holds all of a state: an account that came back from one decides as before.</summary>
public sealed class AccountSnapshotSpecs
{
    [Fact]
    public void A_state_survives_its_snapshot()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        var state = Given(Opened(1.5m, Eur, Usd), Deposited(100), Held("t", 40), Held("u", 7), Frozen()).State();

        var read = serializer.Deserialize<AccountState>(serializer.SerializeToArray(state))!;
        Assert.Equal((state.Owner, state.Status, state.Overdraft), (read.Owner, read.Status, read.Overdraft));
        Assert.Equal(state.Assets, read.Assets);
        Assert.Equal(new AssetBalance(100, 47), read.BalanceOf(Eur));
        Assert.Equal([new Money(40, Eur)], read.Holds["t"]);
        Assert.IsType<HoldReleased>(AccountDecisions.Decide(Id, read, new ReleaseHold("u")).Events[0]);
    }
}
