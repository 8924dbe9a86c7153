using Orleans.Streams;
using OrleansEs.EventLog.Streaming;

namespace OrleansEs.Integration.ReadSide;

/// <summary>Cuts 30 % of the pushes, repeats 30 % of them later, and keeps 30 % back behind later ones.</summary>
internal sealed class FaultyPushes(int seed) : IReceiverDecorator
{
    private int _receivers;
    private int _cut;
    private int _repeated;
    private int _reordered;

    public int Cut => _cut;

    public int Repeated => _repeated;

    public int Reordered => _reordered;

    public IQueueAdapterReceiver Decorate(IQueueAdapterReceiver receiver) =>
        new Receiver(this, receiver, new Random(seed * 1_000 + Interlocked.Increment(ref _receivers)));

    public override string ToString() => $"seed {seed}: cut {_cut}, repeated {_repeated}, reordered {_reordered}";

    private sealed class Receiver(FaultyPushes faults, IQueueAdapterReceiver inner, Random random) : IQueueAdapterReceiver
    {
        private readonly List<IBatchContainer> _later = [];

        public Task Initialize(TimeSpan timeout) => inner.Initialize(timeout);

        public Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount) =>
            GetQueueMessagesAsync(maxCount, CancellationToken.None);

        public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount, CancellationToken cancellationToken)
        {
            var pushes = await inner.GetQueueMessagesAsync(maxCount, cancellationToken);
            var later = _later.ToArray();
            _later.Clear();
            var now = new List<IBatchContainer>();
            foreach (var push in pushes)
            {
                switch (random.Next(10))
                {
                    case < 3:
                        Interlocked.Increment(ref faults._cut);
                        break;
                    case < 6:
                        Interlocked.Increment(ref faults._repeated);
                        now.Add(push);
                        _later.Add(push);
                        break;
                    case < 9:
                        Interlocked.Increment(ref faults._reordered);
                        _later.Add(push);
                        break;
                    default:
                        now.Add(push);
                        break;
                }
            }
            return [.. now, .. later];
        }

        public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

        public Task Shutdown(TimeSpan timeout) => inner.Shutdown(timeout);
    }
}
