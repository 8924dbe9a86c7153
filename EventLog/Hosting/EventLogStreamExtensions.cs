using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using OrleansEs.EventLog.Streaming;

namespace OrleansEs.EventLog.Hosting;

/// <summary>Registers the stream provider that pushes the log.</summary>
public static class EventLogStreamExtensions
{
    // A receiver waits by itself for what is new, so Orleans' period is only the pause between two such waits.
    private static readonly TimeSpan PauseBetweenPulls = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Adds the stream provider to a silo that has the log. Explicit subscriptions are kept in the grain storage
    /// <c>PubSubStore</c>.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="name">The provider's name.</param>
    /// <param name="configure">Changes the settings.</param>
    public static ISiloBuilder AddEventLogStreams(
        this ISiloBuilder silo, string name = EventLogStreams.ProviderName, Action<LogStreamOptions>? configure = null)
    {
        silo.Services.AddOptions<LogStreamOptions>(name).Configure(options => configure?.Invoke(options));
        silo.Services.TryAddSingleton<IPushTargets, ReadModelPushTargets>();
        return silo.AddPersistentStreams(
            name,
            LogQueueAdapterFactory.Create,
            streams =>
            {
                streams.Configure<StreamPullingAgentOptions>(agent =>
                    agent.Configure(options => options.GetQueueMsgsTimerPeriod = PauseBetweenPulls));
                streams.ConfigurePartitionBalancing(LogQueueBalancer.Create);
            });
    }

    /// <summary>Adds the stream provider to a client, so that it can subscribe.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The provider's name on the silos.</param>
    public static IClientBuilder AddEventLogStreams(
        this IClientBuilder client, string name = EventLogStreams.ProviderName) =>
        client.AddPersistentStreams(name, LogClientAdapterFactory.Create, null);
}
