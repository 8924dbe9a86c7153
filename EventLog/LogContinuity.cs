namespace OrleansEs.EventLog;

/// <summary>
/// Checks what was read for holes, although the constraints of every store forbid them: a reader that met one in silence
/// would have skipped an event.
/// </summary>
internal static class LogContinuity
{
    /// <summary>The events, if they are the versions that follow.</summary>
    /// <exception cref="EventLogCorruptException">A version is missing.</exception>
    public static IReadOnlyList<CommittedEvent> OfJournal(
        JournalId journal, long afterVersion, IReadOnlyList<CommittedEvent> events)
    {
        var expected = afterVersion;
        foreach (var committed in events)
        {
            if (committed.Version != ++expected)
                throw new EventLogCorruptException(
                    $"Journal {journal} has a hole: version {expected} was expected, {committed.Version} found.");
        }
        return events;
    }

    /// <summary>The events, if they are the positions that follow.</summary>
    /// <exception cref="EventLogCorruptException">A position is missing.</exception>
    public static IReadOnlyList<CommittedEvent> OfPartition(LogPosition after, IReadOnlyList<CommittedEvent> events)
    {
        var expected = after.Position;
        foreach (var committed in events)
        {
            if (committed.At.Position != ++expected)
                throw new EventLogCorruptException($"Partition {after.Partition} has a hole: position {expected} was "
                    + $"expected, {committed.At.Position} found.");
        }
        return events;
    }
}
