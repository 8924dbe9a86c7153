using Microsoft.Extensions.Options;
using OrleansEs.EventLog.Codec;

namespace OrleansEs.EventLog.ReadModels;

// What every follower of a silo works with.
internal sealed class ReadModelServices(
    IEventLogReader log, IReadModelStore store, IEventSerializer serializer, IOptions<ReadModelOptions> options, TimeProvider time)
{
    public IEventLogReader Log => log;

    public IReadModelStore Store => store;

    public IEventSerializer Serializer => serializer;

    public ReadModelOptions Options => options.Value;

    public TimeProvider Time => time;

    // What is parked in the parts of this silo.
    public ParkedTally Parked { get; } = new();
}
