namespace OrleansEs.EventLog.Bulk;

/// <summary>
/// The bounds of what is written at once. A bulk holds its partitions' locks until it is written, and one of this size is
/// written well within the time that the statements of every store are given.
/// </summary>
internal static class BulkLimits
{
    /// <summary>The most events.</summary>
    public const int EventsMax = 50_000;

    /// <summary>The most bytes of payload.</summary>
    public const long BytesMax = 32L << 20;

    /// <summary>Refuses a bulk that is wrong by itself.</summary>
    /// <exception cref="ArgumentException">It is; the message says how.</exception>
    public static void Check(IReadOnlyList<AppendRequest> requests)
    {
        var (events, bytes) = (0L, 0L);
        foreach (var request in requests)
        {
            if (request.Journal == default)
                throw new ArgumentException("An append names the journal it is for.", nameof(requests));
            if (request.Events.Count == 0)
                throw new ArgumentException($"An append to {request.Journal} holds at least one event.", nameof(requests));
            events += request.Events.Count;
            foreach (var proposed in request.Events)
                bytes += proposed.Payload.Length;
        }
        Check(events, bytes, nameof(requests));
    }

    /// <summary>Refuses events of another log that are too many, or none.</summary>
    /// <exception cref="ArgumentException">They are; the message says how.</exception>
    public static void Check(IReadOnlyList<CommittedEvent> events) =>
        Check(events.Count, events.Sum(committed => (long)committed.Payload.Length), nameof(events));

    private static void Check(long events, long bytes, string parameter)
    {
        if (events == 0)
            throw new ArgumentException("A bulk holds at least one event.", parameter);
        if (events > EventsMax)
            throw new ArgumentException(
                $"A bulk holds at most {EventsMax} events; this one has {events}. Give it in parts.", parameter);
        if (bytes > BytesMax)
            throw new ArgumentException(
                $"A bulk holds at most {BytesMax} bytes of payload; this one has {bytes}. Give it in parts.", parameter);
    }
}
