using OrleansEs.EventLog.ReadModels;
using OrleansEs.EventLog.Streaming;

namespace OrleansEs.EventLog.Hosting;

// Every read model is pushed to on a stream of its own, whose key is the key of the grain that subscribes to it.
internal sealed class ReadModelPushTargets(ReadModelBuilds builds) : IPushTargets
{
    public IEnumerable<StreamId> Of(int partition) => builds.Followed.Select(build => StreamId.Create(
        ReadModelGrain.StreamNamespace, new ReadModelPart(build.Name, build.Number, partition).Key));
}
