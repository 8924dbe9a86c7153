using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;

namespace OrleansEs.EventLog.ReadModels;

// Tells the other silos, with the types of grains that this one can host, for which versions of read models it has the code.
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ReadModelVersionsAttribute : Attribute, IGrainPropertiesProviderAttribute
{
    // Frozen: silos of several versions of the program read it.
    private const string Property = "eventlog.read-models";

    // Clients have none.
    public void Populate(
        IServiceProvider services, Type grainClass, GrainType grainType, Dictionary<string, string> properties)
    {
        if (services.GetService<ReadModelRegistry>() is { } registry)
            properties[Property] = string.Join(' ', registry.All.Select(projection => Entry(projection.Name, projection.Version)));
    }

    public static bool Knows(GrainProperties told, ReadModelBuild build) =>
        told.Properties.TryGetValue(Property, out var known) && known.Split(' ').Contains(Entry(build.Name, build.Version));

    private static string Entry(string name, int version) => $"{name}/{version}";
}
