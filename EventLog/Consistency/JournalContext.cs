using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.Consistency;

/// <summary>What all parts of one activation's adaptor share.</summary>
internal sealed record JournalContext(
    JournalId Journal, JournalStores Stores, EventLogConsistencyOptions Options, TimeProvider Time, ILogger Logger)
{
    public Deadline NewDeadline() => Deadline.After(Options.Timeout, Time);
}
