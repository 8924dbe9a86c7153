using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

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
[JsonSerializable(typeof(BuildJson))]
[JsonSerializable(typeof(ReadModelJson))]
[JsonSerializable(typeof(ListJson<EntryJson>))]
[JsonSerializable(typeof(ListJson<ReadModelJson>))]
[JsonSerializable(typeof(ListJson<ParkedJson>))]
[JsonSerializable(typeof(DecisionJson))]
[JsonSerializable(typeof(VerificationJson))]
[JsonSerializable(typeof(StatementsJson))]
[JsonSerializable(typeof(TotalsJson))]
[JsonSerializable(typeof(LogStatsJson))]
[JsonSerializable(typeof(LogCopyJson))]
[JsonSerializable(typeof(LoadJson))]
[JsonSerializable(typeof(HistoryJson))]
[JsonSerializable(typeof(ImportJson))]
[JsonSerializable(typeof(ExportJson))]
[JsonSerializable(typeof(DemoJson))]
[JsonSerializable(typeof(PostingsFileJson))]
internal sealed partial class ClientJson : JsonSerializerContext
{
    /// <summary>The context with the encoder that leaves letters and quotes alone: what it writes stands in no HTML.</summary>
    public static ClientJson Plain => Holder.Plain;

    // A class of its own, since static initializers of a partial class run in no order that one can rely on.
    private static class Holder
    {
        public static readonly ClientJson Plain =
            new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
