using System.Collections.Immutable;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Grains.Accounts;

/// <summary>
/// An account as its events made it. Its size is bounded by what is open now (assets ever used, holds under way), not by
/// its history: a credit leaves nothing but its sum, since whoever takes one back brings the amounts along.
/// </summary>
[GenerateSerializer, Immutable, Alias("ledger.account-state")]
public sealed record AccountState
{
    /// <summary>An account that was never opened.</summary>
    public static AccountState Initial { get; } = new();

    /// <summary>Whose it is; null until it is opened.</summary>
    [Id(0)]
    public string? Owner { get; init; }

    /// <summary>Whether it can be used.</summary>
    [Id(1)]
    public AccountStatus Status { get; init; }

    /// <summary>The assets it takes; empty means all.</summary>
    [Id(2)]
    public ImmutableArray<Asset> Assets { get; init; } = [];

    /// <summary>How far below zero it may go, in whole units; null means without limit.</summary>
    [Id(3)]
    public decimal? Overdraft { get; init; }

    /// <summary>What it has of each asset it ever had, zero included.</summary>
    [Id(4)]
    public ImmutableDictionary<Asset, AssetBalance> Balances { get; init; } = ImmutableDictionary<Asset, AssetBalance>.Empty;

    /// <summary>What is reserved, for each transfer under way.</summary>
    [Id(5)]
    public ImmutableDictionary<string, ImmutableArray<Money>> Holds { get; init; } =
        ImmutableDictionary<string, ImmutableArray<Money>>.Empty;

    /// <summary>True once it was opened, also when it is closed by now.</summary>
    public bool IsOpened => Owner is not null;

    /// <summary>What it has of an asset.</summary>
    public AssetBalance BalanceOf(Asset asset) => Balances.GetValueOrDefault(asset);

    /// <summary>The state after an event. It is total: it decides nothing and refuses nothing.</summary>
    public AccountState Evolve(AccountEvent @event) => @event switch
    {
        AccountOpened opened => this with
        {
            Owner = opened.Owner, Assets = [.. opened.Assets], Overdraft = opened.Overdraft, Status = AccountStatus.Open,
        },
        AccountDeposited deposited => Booked(deposited.Amount, sign: 1),
        AccountWithdrawn withdrawn => Booked(withdrawn.Amount, sign: -1),
        FundsHeld held => Reserved(held.Amounts, sign: 1) with { Holds = Holds.SetItem(held.TransferId, [.. held.Amounts]) },
        HoldCaptured captured => Reserved(captured.Amounts, sign: -1).Booked(captured.Amounts, sign: -1) with
        {
            Holds = Holds.Remove(captured.TransferId),
        },
        HoldReleased released => Reserved(released.Amounts, sign: -1) with { Holds = Holds.Remove(released.TransferId) },
        AccountCredited credited => Booked(credited.Amounts, sign: 1),
        CreditRevoked revoked => Booked(revoked.Amounts, sign: -1),
        AccountFrozen => this with { Status = AccountStatus.Frozen },
        AccountUnfrozen => this with { Status = AccountStatus.Open },
        AccountClosed => this with { Status = AccountStatus.Closed },
        _ => this,
    };

    private AccountState Booked(IReadOnlyList<Money> amounts, int sign) =>
        amounts.Aggregate(this, (state, amount) => state.Booked(amount, sign));

    private AccountState Reserved(IReadOnlyList<Money> amounts, int sign) =>
        amounts.Aggregate(this, (state, amount) => state.Changed(amount.Asset, 0, sign * amount.MinorUnits));

    private AccountState Booked(Money amount, int sign) => Changed(amount.Asset, sign * amount.MinorUnits, 0);

    // Unchecked on purpose: the decision has proved that the sums fit, and evolve must not throw.
    private AccountState Changed(Asset asset, long booked, long held)
    {
        var balance = BalanceOf(asset);
        return this with
        {
            Balances = Balances.SetItem(
                asset, new AssetBalance(unchecked(balance.Balance + booked), unchecked(balance.Held + held))),
        };
    }
}

/// <summary>What an account has of one asset, in minor units.</summary>
/// <param name="Balance">All that is booked, held funds included.</param>
/// <param name="Held">What is reserved for transfers under way.</param>
[GenerateSerializer, Immutable, Alias("ledger.asset-balance")]
public readonly record struct AssetBalance([property: Id(0)] long Balance, [property: Id(1)] long Held)
{
    /// <summary>What can be spent without the overdraft. It may need more than 64 bits.</summary>
    public Int128 Available => (Int128)Balance - Held;
}
