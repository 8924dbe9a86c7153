using System.Globalization;
using Orleans.Streams;

namespace OrleansEs.EventLog.Streaming;

// Queue p carries partition p. A stream belongs to the partition that the last segment of its key names: ("log", "3"),
// ("readmodel", "accounts/1/3").
internal sealed class LogQueueMapper : IConsistentRingStreamQueueMapper
{
    private readonly QueueId[] _queues;

    public LogQueueMapper(string providerName, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        // The queues stand evenly around Orleans' ring, so that silos share them evenly.
        var distance = uint.MaxValue / (uint)partitions;
        _queues = [.. Enumerable.Range(0, partitions)
            .Select(partition => QueueId.GetQueueId(providerName, (uint)partition, (uint)partition * distance))];
    }

    public static int PartitionOf(QueueId queue) => (int)queue.GetNumericId();

    public IEnumerable<QueueId> GetAllQueues() => _queues;

    public IEnumerable<QueueId> GetQueuesForRange(IRingRange range) =>
        _queues.Where(queue => range.InRange(queue.GetUniformHashCode()));

    public QueueId GetQueueForStream(StreamId streamId)
    {
        var key = streamId.GetKeyAsString();
        var partitionText = key[(key.LastIndexOf('/') + 1)..];
        return int.TryParse(partitionText, NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            && partition < _queues.Length
                ? _queues[partition]
                : throw new ArgumentException(
                    $"The log has no stream '{streamId}': its streams are (\"log\", \"0\") to (\"log\", \"{_queues.Length - 1}\").",
                    nameof(streamId));
    }
}
