using System.Text.Json;
using OrleansEs.Grains;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Specs.Ledger;

/// <summary>
/// What the log holds of each event, character by character. These texts are in databases: a line here never changes, and
/// a new shape of an event is a new version beside it.
/// </summary>
public sealed class EventContractSpecs
{
    private static readonly Money[] Amounts =
        [new(-12_34, Asset.Parse("EUR")), new(7, Asset.Parse("JPY")), new(1, new Asset("VBMPX", 3))];

    public static TheoryData<object, string> Frozen => new()
    {
        {
            new AccountOpened("Ада", [Asset.Parse("EUR"), new Asset("VBMPX", 3)], 100.50m),
            """{"owner":"Ада","assets":["EUR/2","VBMPX/3"],"overdraft":100.50}"""
        },
        { new AccountOpened("Ada", [], null), """{"owner":"Ada","assets":[],"overdraft":null}""" },
        { new AccountDeposited(Amounts[0], "rent & more"), """{"amount":"-12.34 EUR","memo":"rent & more"}""" },
        { new AccountWithdrawn(Amounts[1], null), """{"amount":"7 JPY","memo":null}""" },
        { new FundsHeld("t", Amounts), """{"transferId":"t","amounts":["-12.34 EUR","7 JPY","0.001 VBMPX"]}""" },
        { new HoldCaptured("t", Amounts[..1]), """{"transferId":"t","amounts":["-12.34 EUR"]}""" },
        { new HoldReleased("t", Amounts[..1]), """{"transferId":"t","amounts":["-12.34 EUR"]}""" },
        { new AccountCredited("t", Amounts[..1], "m"), """{"transferId":"t","amounts":["-12.34 EUR"],"memo":"m"}""" },
        { new CreditRevoked("t", Amounts[..1]), """{"transferId":"t","amounts":["-12.34 EUR"]}""" },
        { new TransferBarred("t"), """{"transferId":"t"}""" },
        { new CommandRefused("c", "m", "r"), """{"code":"c","message":"m","remedy":"r"}""" },
        { new AccountFrozen(), "{}" },
        { new AccountUnfrozen(), "{}" },
        { new AccountClosed(), "{}" },
        {
            new TransferCreated([new Posting("a", Amounts[0])], null),
            """{"postings":[{"accountId":"a","amount":"-12.34 EUR"}],"memo":null}"""
        },
        { new TransferHeld(), "{}" },
        { new TransferCredited(), "{}" },
        { new TransferCompleted(), "{}" },
        {
            new TransferRefused("a", new Refusal("c", "m", "r")),
            """{"accountId":"a","reason":{"code":"c","message":"m","remedy":"r"}}"""
        },
        { new TransferFailed(), "{}" },
    };

    [Theory]
    [MemberData(nameof(Frozen), DisableDiscoveryEnumeration = true)]
    public void The_stored_json_of_every_event_is_frozen(object @event, string json)
    {
        Assert.Equal(json, JsonSerializer.Serialize(@event, @event.GetType(), LedgerJson.Frozen));
        var read = JsonSerializer.Deserialize(json, @event.GetType(), LedgerJson.Frozen);
        Assert.Equal(json, JsonSerializer.Serialize(read, @event.GetType(), LedgerJson.Frozen));
    }

    [Fact]
    public void Every_event_of_the_ledger_is_held_here()
    {
        var held = Frozen.Select(row => row.Data.Item1.GetType()).ToHashSet();
        Assert.Superset(LedgerEvents.AccountTypes.Concat(LedgerEvents.TransferTypes).ToHashSet(), held);
    }

    [Theory]
    [InlineData("\"1.2 EUR\"", 12, 1)]
    [InlineData("\"1.23 EUR\"", 123, 2)]
    [InlineData("\"-7 EUR\"", -7, 0)]
    public void A_stored_amount_names_its_scale_by_its_decimals(string json, long minorUnits, int scale) =>
        Assert.Equal(new Money(minorUnits, new Asset("EUR", scale)),
            JsonSerializer.Deserialize<Money>(json, LedgerJson.Frozen.Options));

    [Theory]
    [InlineData("\"1.23\"")]
    [InlineData("\"EUR 1.23\"")]
    [InlineData("\"1e3 EUR\"")]
    [InlineData("\"1.23  EUR\"")]
    [InlineData("\"1.2345678901 EUR\"")]
    [InlineData("\"\"")]
    public void What_is_no_stored_amount_is_corrupt(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Money>(json, LedgerJson.Frozen.Options));
}
