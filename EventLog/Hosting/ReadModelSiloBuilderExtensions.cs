using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.EventLog.Hosting;

/// <summary>Registers the engine that fills read models.</summary>
public static class ReadModelSiloBuilderExtensions
{
    /// <summary>
    /// Adds the read-model engine to a silo that has the log. It follows the log with the stream provider, and without it by
    /// looking every <see cref="ReadModelOptions.PollInterval"/>.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configure">Changes the settings.</param>
    public static ISiloBuilder AddReadModelEngine(this ISiloBuilder silo, Action<ReadModelOptions>? configure = null)
    {
        silo.Services.AddOptions<ReadModelOptions>().Configure(options => configure?.Invoke(options));
        silo.Services.TryAddSingleton<ReadModelRegistry>();
        silo.Services.TryAddSingleton<ReadModelServices>();
        silo.Services.TryAddSingleton<ReadModelBuilds>();
        silo.Services.TryAddSingleton<IReadModelReader, ReadModelReader>();
        silo.Services.TryAddSingleton<ReadModelPlaces>();
        silo.Services.TryAddSingleton<ReadModelKeeper>();
        silo.Services.TryAddSingleton<ReadModelReports>();
        silo.Services.TryAddSingleton<ReadModelStatusReader>();
        silo.Services.TryAddSingleton<ReadModelVerifier>();
        silo.Services.TryAddSingleton(services => new ReadModelSampler(
            services.GetRequiredService<ReadModelBuilds>(), services.GetRequiredService<ReadModelServices>(),
            services.GetRequiredService<EventLogMeter>(), new Random(RandomNumberGenerator.GetInt32(int.MaxValue)),
            services.GetRequiredService<ILogger<ReadModelSampler>>()));
        silo.Services.TryAddSingleton<ReadModelChecks>();
        silo.Services.TryAddSingleton(services => new ReadModelBuilder(
            services.GetRequiredService<ReadModelRegistry>(), services.GetRequiredService<ReadModelBuilds>(),
            services.GetRequiredService<ReadModelServices>(),
            services.GetRequiredService<ILogger<ReadModelBuilder>>()));
        silo.AddPlacementDirector<ReadModelPlacement, ReadModelPlacementDirector>();
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, ReadModelStartup>();
        // The grain that subscribes to pushes needs Orleans' streaming, also where no provider pushes.
        return silo.AddStreaming();
    }
}
