using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace OrleansEs.EventLog.Streaming;

// Which silo pushes which partition: an even share for each active silo. Orleans' own rule goes by a ring of hashes, on which
// one silo of three may well get six of eight queues.
internal sealed class LogQueueBalancer(IServiceProvider services, ILogger<LogQueueBalancer> logger)
    : QueueBalancerBase(services, logger)
{
    private readonly Lock _gate = new();
    private QueueId[] _queues = [];
    private QueueId[] _mine = [];
    private Task _notified = Task.CompletedTask;

    public static IStreamQueueBalancer Create(IServiceProvider services, string name) =>
        ActivatorUtilities.CreateInstance<LogQueueBalancer>(services);

    public override Task Initialize(IStreamQueueMapper queueMapper)
    {
        _queues = [.. queueMapper.GetAllQueues()];
        return base.Initialize(queueMapper);
    }

    public override IEnumerable<QueueId> GetMyQueues()
    {
        lock (_gate)
            return _mine;
    }

    public override async Task Shutdown()
    {
        await base.Shutdown();
        await _notified.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override void OnClusterMembershipChange(HashSet<SiloAddress> activeSilos)
    {
        var owners = PartitionShares.Of(_queues.Length, activeSilos);
        // A silo that is not active yet, or no more, has no share.
        QueueId[] mine = [.. _queues.Where(queue => owners.Count > 0 && owners[LogQueueMapper.PartitionOf(queue)].Equals(SiloAddress))];
        lock (_gate)
        {
            if (mine.SequenceEqual(_mine))
                return;
            _mine = mine;
        }
        // Orleans' queue manager takes one notification after the other, and logs what it could not do.
        _notified = Task.WhenAll(_notified, NotifyListeners());
    }
}
