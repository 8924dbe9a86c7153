using Orleans.Streams;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Streaming;

namespace OrleansEs.Integration.ReadSide;

/// <summary>A grain that follows a partition, as a user of the library would write it. Its key is the partition.</summary>
[Alias("test.listener")]
public interface IListenerGrain : IGrainWithIntegerCompoundKey
{
    /// <summary>Subscribes to the stream by itself, without the helper.</summary>
    [Alias("subscribe")]
    Task Subscribe();

    /// <summary>Follows with the helper from a checkpoint on.</summary>
    [Alias("follow")]
    Task Follow(long checkpoint);

    /// <summary>What came by the stream itself.</summary>
    [Alias("pushed")]
    Task<IReadOnlyList<long>> Pushed();

    /// <summary>What came by the helper.</summary>
    [Alias("followed")]
    Task<IReadOnlyList<long>> Followed();
}

internal sealed class ListenerGrain : Grain, IListenerGrain, IAsyncObserver<CommittedEvent>
{
    private readonly List<long> _pushed = [];
    private PositionsSubscriber? _subscriber;
    private LogSubscription? _subscription;

    private int Partition => (int)this.GetPrimaryKeyLong(out _);

    public Task Subscribe() => this.GetStreamProvider(EventLogStreams.ProviderName)
        .GetStream<CommittedEvent>(EventLogStreams.OfPartition(Partition))
        .SubscribeAsync(this);

    public async Task Follow(long checkpoint)
    {
        _subscriber = new PositionsSubscriber(checkpoint);
        _subscription = await LogSubscription.Start(this, GrainFactory, Partition, _subscriber);
    }

    public Task<IReadOnlyList<long>> Pushed() => Task.FromResult<IReadOnlyList<long>>([.. _pushed]);

    public Task<IReadOnlyList<long>> Followed() => Task.FromResult<IReadOnlyList<long>>(_subscriber?.Positions ?? []);

    public Task OnNextAsync(CommittedEvent item, StreamSequenceToken? token = null)
    {
        _pushed.Add(item.At.Position);
        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_subscription is not null)
            await _subscription.DisposeAsync();
    }
}

/// <summary>Remembers the positions it handled, the last of them as its checkpoint, and fails when it is told to.</summary>
internal sealed class PositionsSubscriber(long checkpoint = 0) : ILogSubscriber
{
    private readonly Lock _gate = new();
    private readonly List<long> _positions = [];
    private long _checkpoint = checkpoint;
    private int _calls;

    /// <summary>Whether a call, counted from 1, fails, and whether after it did its work.</summary>
    public Func<int, (bool Before, bool After)> Fails { get; init; } = _ => default;

    public int Calls => _calls;

    public long Checkpoint => Volatile.Read(ref _checkpoint);

    public long[] Positions
    {
        get
        {
            lock (_gate)
                return [.. _positions];
        }
    }

    public Task<LogPosition> ReadCheckpoint(int partition, CancellationToken cancellation) =>
        Task.FromResult(new LogPosition(partition, Checkpoint));

    public Task Handle(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation)
    {
        var (before, after) = Fails(Interlocked.Increment(ref _calls));
        if (before)
            throw new InvalidOperationException("It could not be written.");
        lock (_gate)
            _positions.AddRange(events.Select(committed => committed.At.Position));
        Volatile.Write(ref _checkpoint, events[^1].At.Position);
        if (after)
            throw new InvalidOperationException("It was written, and the answer was lost.");
        return Task.CompletedTask;
    }
}
