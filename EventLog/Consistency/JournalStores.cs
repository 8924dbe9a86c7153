using OrleansEs.EventLog.Codec;

namespace OrleansEs.EventLog.Consistency;

/// <summary>Everything of the log that a journal is made of.</summary>
internal sealed record JournalStores(
    IEventLogReader Reader, IEventLogAppender Appender, ISnapshotStore Snapshots, IEventSerializer Events,
    CommandAdmission Admission);
