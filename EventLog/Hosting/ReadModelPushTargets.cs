using OrleansEs.EventLog.ReadModels;
using OrleansEs.EventLog.Streaming;

namespace OrleansEs.EventLog.Hosting;

// Every read model is pushed to on a stream of its own, whose key is the key of the grain that subscribes to it.
internal sealed class ReadModelPushTargets(ReadModelRegistry registry) : IPushTargets
{
    public IEnumerable<StreamId> Of(int partition) => registry.All.Select(projection => StreamId.Create(
        ReadModelGrain.StreamNamespace, new ReadModelPart(projection.Name, projection.Version, partition).Key));
}
