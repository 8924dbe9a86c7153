using Microsoft.Extensions.Options;
using OrleansEs.EventLog.Codec;

namespace OrleansEs.EventLog.ReadModels;

// What every follower of a silo works with.
internal sealed class ReadModelServices(
    IEventLogReader log, IReadModelStore store, IEventSerializer serializer, IOptions<ReadModelOptions> options, TimeProvider time,
    RowWindows? windows = null)
    : IDisposable
{
    private readonly SemaphoreSlim _turns = new(Math.Max(2, Environment.ProcessorCount));

    public IEventLogReader Log => log;

    public IReadModelStore Store => store;

    public IEventSerializer Serializer => serializer;

    public ReadModelOptions Options => options.Value;

    public TimeProvider Time => time;

    // Somebody waits for rows: they need not gather.
    public void Hurry() => windows?.Hurry();

    // What is parked in the parts of this silo.
    public ParkedTally Parked { get; } = new();

    // A turn to work off a large page; disposing of it ends it.
    public async Task<IDisposable> TakeTurn(CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation);
        return new Turn(_turns);
    }

    public void Dispose() => _turns.Dispose();

    private sealed class Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }
}
