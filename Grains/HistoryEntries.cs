using System.Text;
using OrleansEs.EventLog;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Grains;

// Rows of the log as people see them.
internal static class HistoryEntries
{
    public static HistoryEntry Of(CommittedEvent committed) => new(
        committed.Journal.Value,
        committed.Version,
        committed.At.ToString(),
        committed.Type,
        committed.RecordedAt,
        SqlTypes.EffectiveDate(committed),
        committed.Metadata.Actor,
        committed.CommandId,
        SqlTypes.CorrelationId(committed),
        committed.Metadata.CausationId,
        ContentOf(committed));

    // The ledger's own events are JSON in the log as they are; anything else in it is shown as what it is, bytes.
    public static string ContentOf(CommittedEvent committed) =>
        committed.Format == "json"
            ? Encoding.UTF8.GetString(committed.Payload.Span)
            : $"{{\"{committed.Format}\":\"{Convert.ToBase64String(committed.Payload.Span)}\"}}";
}
