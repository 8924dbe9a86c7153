using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.EventSourcing;
using Orleans.Providers;
using Orleans.Serialization;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.Consistency;

namespace OrleansEs.EventLog.Hosting;

/// <summary>Registers the event log as the log-consistency provider of journaled grains.</summary>
public static class EventLogConsistencySiloBuilderExtensions
{
    /// <summary>Registers it for the grains that name no provider.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configure">Changes the settings.</param>
    public static ISiloBuilder AddEventLogConsistencyProviderAsDefault(
        this ISiloBuilder silo, Action<EventLogConsistencyOptions>? configure = null) =>
        silo.AddEventLogConsistencyProvider(ProviderConstants.DEFAULT_LOG_CONSISTENCY_PROVIDER_NAME, configure);

    /// <summary>
    /// Registers it under the name that grains give in <c>[LogConsistencyProvider]</c>. It may be registered under many
    /// names, each with settings of its own; all of them write into the same log.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="name">The name.</param>
    /// <param name="configure">Changes the settings.</param>
    public static ISiloBuilder AddEventLogConsistencyProvider(
        this ISiloBuilder silo, string name, Action<EventLogConsistencyOptions>? configure = null)
    {
        var services = silo.Services;
        services.AddOptions<EventLogConsistencyOptions>(name)
            .Configure(options => configure?.Invoke(options))
            .ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor
            .Singleton<IValidateOptions<EventLogConsistencyOptions>, EventLogConsistencyOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<JournalStores>();
        services.TryAddSingleton(ProtocolServices);
        services.TryAddSingleton(provider => new AggregateStates(
            provider.GetRequiredService<JournalStores>(),
            provider.GetRequiredService<StateSerializer>(),
            provider.GetRequiredService<IOptionsMonitor<EventLogConsistencyOptions>>().Get(name),
            provider.GetRequiredService<TimeProvider>(),
            new AggregateStates.OrleansParts(
                provider.GetRequiredService<DeepCopier>(), provider.GetRequiredService<ILoggerFactory>())));
        // Without a default there is none: a grain that names no provider then falls back to Orleans' own.
        services.TryAddSingleton(provider => provider.GetKeyedService<ILogViewAdaptorFactory>(
            ProviderConstants.DEFAULT_LOG_CONSISTENCY_PROVIDER_NAME)!);
        services.AddKeyedSingleton<ILogViewAdaptorFactory>(name, (provider, _) => new EventLogConsistencyProvider(
            provider.GetRequiredService<JournalStores>(),
            provider.GetRequiredService<StateSerializer>(),
            provider.GetRequiredService<IOptionsMonitor<EventLogConsistencyOptions>>().Get(name),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()));
        return silo.AddPlacementDirector<JournalPlacement, JournalPlacementDirector>();
    }

    private static Factory<IGrainContext, ILogConsistencyProtocolServices> ProtocolServices(IServiceProvider provider)
    {
        var clusterId = provider.GetRequiredService<ILocalSiloDetails>().ClusterId;
        var copier = provider.GetRequiredService<DeepCopier>();
        var logger = provider.GetRequiredService<ILogger<GrainProtocolServices>>();
        return grain => new GrainProtocolServices(grain.GrainId, clusterId, copier, logger);
    }
}
