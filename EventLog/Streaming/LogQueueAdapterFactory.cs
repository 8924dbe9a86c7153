using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Streams;

namespace OrleansEs.EventLog.Streaming;

// Puts the provider together on a silo. It is made when the streams start, after the log was opened.
internal sealed class LogQueueAdapterFactory : IQueueAdapterFactory, IQueueAdapterCache
{
    private readonly string _name;
    private readonly LogStreamOptions _options;
    private readonly LogPushSource _source;
    private readonly IServiceProvider _services;

    private LogQueueAdapterFactory(IServiceProvider services, string name)
    {
        _name = name;
        _services = services;
        _options = services.GetRequiredService<IOptionsMonitor<LogStreamOptions>>().Get(name);
        _options.Validate();
        _source = new LogPushSource(
            services.GetRequiredService<IEventLogReader>(),
            services.GetRequiredService<CommitSignal>(),
            services.GetService<IPushTargets>());
    }

    public static IQueueAdapterFactory Create(IServiceProvider services, string name) =>
        new LogQueueAdapterFactory(services, name);

    public Task<IQueueAdapter> CreateAdapter() => Task.FromResult<IQueueAdapter>(new LogQueueAdapter(_name, CreateReceiver));

    public IQueueAdapterCache GetQueueAdapterCache() => this;

    public IQueueCache CreateQueueCache(QueueId queueId) => new LogQueueCache(_options.CacheSizeMax, _options.CacheBytesMax);

    public IStreamQueueMapper GetStreamQueueMapper() => new LogQueueMapper(_name, _source.Log.Identity.Partitions);

    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) =>
        Task.FromResult<IStreamFailureHandler>(new NoOpStreamDeliveryFailureHandler());

    private IQueueAdapterReceiver CreateReceiver(int partition)
    {
        var receiver = new LogQueueReceiver(
            partition,
            _source,
            _options,
            _services.GetRequiredService<TimeProvider>(),
            _services.GetRequiredService<ILogger<LogQueueReceiver>>());
        return _services.GetService<IReceiverDecorator>()?.Decorate(receiver) ?? receiver;
    }
}
