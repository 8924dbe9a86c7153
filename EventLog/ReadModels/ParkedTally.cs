using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace OrleansEs.EventLog.ReadModels;

// How many journals are parked in the parts that live on this silo, for those who watch it.
internal sealed class ParkedTally
{
    private readonly ConcurrentDictionary<ReadModelPart, (int Retrying, int Quarantined)> _parts = [];

    public void Set(ReadModelPart part, IReadOnlyCollection<ParkedEvent> parked)
    {
        var quarantined = parked.Count(one => one.State == ParkedEvent.Quarantined);
        _parts[part] = (parked.Count - quarantined, quarantined);
    }

    // The part lives elsewhere now, or not at all.
    public void Forget(ReadModelPart part) => _parts.TryRemove(part, out _);

    public IEnumerable<Measurement<long>> Measure() =>
        from model in _parts.ToArray().GroupBy(entry => entry.Key.Name)
        from measurement in new[]
        {
            Of(model.Key, ParkedEvent.Retrying, model.Sum(entry => entry.Value.Retrying)),
            Of(model.Key, ParkedEvent.Quarantined, model.Sum(entry => entry.Value.Quarantined)),
        }
        select measurement;

    private static Measurement<long> Of(string model, string state, long count) =>
        new(count, new("read_model", model), new("state", state));
}
