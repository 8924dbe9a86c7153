using OrleansEs.EventLog;

namespace OrleansEs.Specs.ReadSide;

/// <summary>Events of one partition, as the log gives them.</summary>
internal static class Committed
{
    public static CommittedEvent[] Run(long first, int count, string type = "test.happened", int payloadBytes = 0) =>
        [.. Enumerable.Range(0, count).Select(index => new CommittedEvent(
            new LogPosition(0, first + index),
            JournalId.Of("test", "x"),
            first + index,
            Guid.Empty,
            0,
            type,
            1,
            "json",
            new byte[payloadBytes],
            EventMetadata.None,
            DateTimeOffset.UnixEpoch))];

    public static long[] Positions(IEnumerable<CommittedEvent> events) => [.. events.Select(committed => committed.At.Position)];
}
