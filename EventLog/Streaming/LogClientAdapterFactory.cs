using Orleans.Streams;

namespace OrleansEs.EventLog.Streaming;

// The provider on a client: it subscribes; the silos pull.
internal sealed class LogClientAdapterFactory(string name) : IQueueAdapterFactory
{
    public static IQueueAdapterFactory Create(IServiceProvider services, string name) => new LogClientAdapterFactory(name);

    public Task<IQueueAdapter> CreateAdapter() => Task.FromResult<IQueueAdapter>(new LogQueueAdapter(name, _ => throw NoPull()));

    public IQueueAdapterCache GetQueueAdapterCache() => throw NoPull();

    public IStreamQueueMapper GetStreamQueueMapper() => throw NoPull();

    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) =>
        Task.FromResult<IStreamFailureHandler>(new NoOpStreamDeliveryFailureHandler());

    private static NotSupportedException NoPull() => new("A client does not pull the log; the silos do.");
}
