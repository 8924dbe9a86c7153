using Orleans.Streams;

namespace OrleansEs.EventLog.Streaming;

// Reads the log as a queue. Events come into the log by their journals only, so publishing is refused.
internal sealed class LogQueueAdapter(string name, Func<int, IQueueAdapterReceiver> createReceiver) : IQueueAdapter
{
    public string Name => name;

    public bool IsRewindable => true;

    // It is read-only, but says otherwise so that Orleans asks it to publish: its own refusal names the remedy.
    public StreamProviderDirection Direction => StreamProviderDirection.ReadWrite;

    public IQueueAdapterReceiver CreateReceiver(QueueId queueId) => createReceiver(LogQueueMapper.PartitionOf(queueId));

    public Task QueueMessageBatchAsync<T>(
        StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext) =>
        throw new NotSupportedException(
            $"The stream provider '{name}' pushes what is in the log; it cannot publish to '{streamId}'. " +
            "Raise the event in a journaled grain instead: it is pushed after its commit.");
}
