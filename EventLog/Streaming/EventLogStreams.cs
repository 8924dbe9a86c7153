using System.Globalization;

namespace OrleansEs.EventLog.Streaming;

/// <summary>
/// The names under which the log is pushed. Every committed event is pushed on the stream of its partition as a
/// <see cref="CommittedEvent"/>; its sequence token's number is its position, so that a subscriber sees a hole. A push is
/// a hint: it may be lost, and who needs older events reads the log.
/// </summary>
public static class EventLogStreams
{
    /// <summary>The stream provider's name, unless another one was registered.</summary>
    public const string ProviderName = "EventLog";

    /// <summary>The namespace of the streams that carry one partition each.</summary>
    public const string LogNamespace = "log";

    /// <summary>The stream of one partition of the log.</summary>
    /// <param name="partition">The partition, from 0.</param>
    public static StreamId OfPartition(int partition) =>
        StreamId.Create(LogNamespace, partition.ToString(CultureInfo.InvariantCulture));
}
