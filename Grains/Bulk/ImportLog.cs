using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.Grains.Transfers;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Bulk;

// What an import needs of the log. One per silo.
internal sealed class ImportLog(
    IEventLogBulkAppender appender, IEventLogReader reader, IEventSerializer events, TimeProvider time)
{
    // As many events as a transfer has that was completed: created, held, credited, completed.
    private const int EventsOfCompleted = 4;

    public IEventLogBulkAppender Appender => appender;

    public IEventSerializer Events => events;

    // The last event of a transfer that was completed and is just this one, command id included; else null: only its own grain
    // can tell what it is.
    public async Task<CommittedEvent?> EndOf(ImportedTransfer transfer, TimeSpan timeout)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        IReadOnlyList<CommittedEvent> found;
        try
        {
            found = await reader.ReadJournal(
                JournalId.Of(LedgerEvents.TransferJournals, transfer.Id), 0, EventsOfCompleted + 1, deadline.Token);
        }
        catch (OperationCanceledException cancelled)
        {
            throw new EventLogUnavailableException($"The transfer '{transfer.Id}' could not be read in time.", cancelled);
        }
        return found.Count == EventsOfCompleted && IsOf(found[0], transfer) && events.Decode(found[^1]) is TransferCompleted
            ? found[^1]
            : null;
    }

    private static bool IsOf(CommittedEvent created, ImportedTransfer transfer) =>
        created.CommandId == transfer.Header.CommandId
        && created.Metadata.RequestHash == CommandHash.Of(new TransferCommand.Create(transfer.Command));
}
