using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains;

/// <summary>
/// The JSON of events in the log: frozen, and held by golden files. Names are camelCase, amounts are text that is exact by
/// itself (<c>"1.23 EUR"</c>: as many decimals as the asset has), assets always name their scale (<c>"EUR/2"</c>), so no
/// stored row depends on a table of currencies that may change.
/// </summary>
[JsonSerializable(typeof(AccountOpened))]
[JsonSerializable(typeof(AccountDeposited))]
[JsonSerializable(typeof(AccountWithdrawn))]
[JsonSerializable(typeof(FundsHeld))]
[JsonSerializable(typeof(HoldCaptured))]
[JsonSerializable(typeof(HoldReleased))]
[JsonSerializable(typeof(AccountCredited))]
[JsonSerializable(typeof(CreditRevoked))]
[JsonSerializable(typeof(TransferBarred))]
[JsonSerializable(typeof(CommandRefused))]
[JsonSerializable(typeof(AccountFrozen))]
[JsonSerializable(typeof(AccountUnfrozen))]
[JsonSerializable(typeof(AccountClosed))]
[JsonSerializable(typeof(TransferCreated))]
[JsonSerializable(typeof(TransferHeld))]
[JsonSerializable(typeof(TransferCredited))]
[JsonSerializable(typeof(TransferCompleted))]
[JsonSerializable(typeof(TransferRefused))]
[JsonSerializable(typeof(TransferFailed))]
[JsonSerializable(typeof(OpenAccount))]
[JsonSerializable(typeof(Deposit))]
[JsonSerializable(typeof(Withdraw))]
[JsonSerializable(typeof(HoldFunds))]
[JsonSerializable(typeof(CaptureHold))]
[JsonSerializable(typeof(ReleaseHold))]
[JsonSerializable(typeof(CreditFunds))]
[JsonSerializable(typeof(RevokeCredit))]
[JsonSerializable(typeof(BarTransfer))]
[JsonSerializable(typeof(FreezeAccount))]
[JsonSerializable(typeof(UnfreezeAccount))]
[JsonSerializable(typeof(CloseAccount))]
[JsonSerializable(typeof(CreateTransfer))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(Refusal))]
[JsonSerializable(typeof(IReadOnlyList<Asset>))]
[JsonSerializable(typeof(IReadOnlyList<Posting>))]
internal sealed partial class LedgerJson : JsonSerializerContext
{
    /// <summary>The one set of options that the ledger writes and reads with.</summary>
    public static LedgerJson Frozen { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        // The rows are read by people in a database, never pasted into a web page: letters stay letters.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new MoneyJsonConverter(), new AssetJsonConverter() },
    });
}

/// <summary>An amount as <c>"1.23 EUR"</c>: the decimals written are the asset's scale.</summary>
internal sealed class MoneyJsonConverter : JsonConverter<Money>
{
    /// <inheritdoc/>
    public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString() ?? "";
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        if (space > 0)
        {
            var point = text.IndexOf('.', StringComparison.Ordinal);
            var asset = new Asset(text[(space + 1)..], point < 0 || point > space ? 0 : space - point - 1);
            if (asset.IsValid && Money.TryParse(text[..space], asset, out var money, out _))
                return money;
        }
        throw new JsonException($"'{LedgerText.Shown(text)}' is no stored amount; one looks like 1.23 EUR.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options) =>
        writer.WriteStringValue($"{value.ToDecimalText()} {value.Asset.Code}");
}

/// <summary>An asset as <c>"EUR/2"</c>, always with its scale.</summary>
internal sealed class AssetJsonConverter : JsonConverter<Asset>
{
    /// <inheritdoc/>
    public override Asset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Stored(reader.GetString() ?? "");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Asset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Stored(value));

    /// <summary>The text that rows hold, also those of read models.</summary>
    public static string Stored(Asset asset) => string.Create(CultureInfo.InvariantCulture, $"{asset.Code}/{asset.Scale}");

    /// <summary>The asset of a stored text.</summary>
    public static Asset Stored(string text) =>
        text.Contains('/', StringComparison.Ordinal) && Asset.TryParse(text, out var asset, out _)
            ? asset
            : throw new JsonException($"'{LedgerText.Shown(text)}' is no stored asset; one looks like EUR/2.");
}
