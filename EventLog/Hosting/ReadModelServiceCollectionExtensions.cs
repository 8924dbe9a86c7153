using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.EventLog.Hosting;

/// <summary>Registers read models.</summary>
public static class ReadModelServiceCollectionExtensions
{
    /// <summary>
    /// Adds a read model. One instance serves all partitions of a silo, so a projection keeps no state of its own. The
    /// silo does not start when two have one name and version, or when a name cannot be a key. It is made before Orleans'
    /// own services are, since silos tell each other what they know, so it cannot ask for any of these.
    /// </summary>
    /// <typeparam name="TProjection">The code that fills it.</typeparam>
    public static IServiceCollection AddReadModel<TProjection>(this IServiceCollection services)
        where TProjection : class, IProjection =>
        services.AddSingleton<IProjection, TProjection>();
}
