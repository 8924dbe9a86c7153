using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace OrleansEs.Client.Json;

/// <summary>How the client writes JSON: camelCase names, text of any script as it is, control characters escaped.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CommandJson))]
[JsonSerializable(typeof(AccountJson))]
[JsonSerializable(typeof(TransferJson))]
[JsonSerializable(typeof(TransferResultJson))]
[JsonSerializable(typeof(PageJson<AccountJson>))]
[JsonSerializable(typeof(PageJson<TransferJson>))]
[JsonSerializable(typeof(PageJson<EntryJson>))]
[JsonSerializable(typeof(EntryJson))]
[JsonSerializable(typeof(ReadModelJson))]
[JsonSerializable(typeof(ListJson<EntryJson>))]
[JsonSerializable(typeof(ListJson<ReadModelJson>))]
[JsonSerializable(typeof(StatementsJson))]
[JsonSerializable(typeof(TotalsJson))]
[JsonSerializable(typeof(LogStatsJson))]
[JsonSerializable(typeof(LoadJson))]
[JsonSerializable(typeof(HistoryJson))]
[JsonSerializable(typeof(ImportJson))]
[JsonSerializable(typeof(DemoJson))]
[JsonSerializable(typeof(PostingsFileJson))]
internal sealed partial class ClientJson : JsonSerializerContext
{
    /// <summary>The context with the encoder that leaves letters alone.</summary>
    public static ClientJson Plain { get; } =
        new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) });
}
