using System.Diagnostics;
using Orleans.Streams;
using OrleansEs.EventLog.Streaming;

namespace OrleansEs.Integration.ReadSide;

/// <summary>
/// Cuts 30 % of the pushes, repeats 30 % of them later, and keeps 30 % back behind up to 16 later ones; some for seconds. Until it
/// is told to stop.
/// </summary>
internal sealed class FaultyPushes(int seed) : IReceiverDecorator
{
    // One in so many of those that are kept back waits for seconds.
    private const int OneOfLate = 20;

    private static readonly TimeSpan s_lateMax = TimeSpan.FromSeconds(3);

    private int _receivers;
    private volatile bool _stopped;
    private int _cut;
    private int _repeated;
    private int _reordered;

    /// <summary>How often the fault that happened least did.</summary>
    public int Least => Math.Min(_cut, Math.Min(_repeated, _reordered));

    public IQueueAdapterReceiver Decorate(IQueueAdapterReceiver receiver) =>
        new Receiver(this, receiver, new Random(seed * 1_000 + Interlocked.Increment(ref _receivers)));

    /// <summary>From now on everything is passed on as it comes.</summary>
    public void Stop() => _stopped = true;

    public override string ToString() => $"seed {seed}: cut {_cut}, repeated {_repeated}, reordered {_reordered}";

    private sealed class Receiver(FaultyPushes faults, IQueueAdapterReceiver inner, Random random) : IQueueAdapterReceiver
    {
        private readonly List<Kept> _kept = [];

        public Task Initialize(TimeSpan timeout) => inner.Initialize(timeout);

        public Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount) =>
            GetQueueMessagesAsync(maxCount, CancellationToken.None);

        public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount, CancellationToken cancellationToken)
        {
            var pushes = await inner.GetQueueMessagesAsync(maxCount, cancellationToken);
            var now = new List<IBatchContainer>();
            foreach (var push in pushes)
            {
                _kept.ForEach(kept => kept.Behind--);
                switch (faults._stopped ? 10 : random.Next(10))
                {
                    case < 3:
                        Interlocked.Increment(ref faults._cut);
                        break;
                    case < 6:
                        Interlocked.Increment(ref faults._repeated);
                        now.Add(push);
                        Keep(push);
                        break;
                    case < 9:
                        Interlocked.Increment(ref faults._reordered);
                        Keep(push);
                        break;
                    default:
                        now.Add(push);
                        break;
                }
                now.AddRange(Due());
            }
            now.AddRange(Due());
            return now;
        }

        private void Keep(IBatchContainer push)
        {
            var late = random.Next(OneOfLate) == 0 ? random.NextDouble() * s_lateMax : TimeSpan.Zero;
            _kept.Add(new Kept(push, random.Next(1, 17), Stopwatch.GetTimestamp() + (long)(late.TotalSeconds * Stopwatch.Frequency)));
        }

        private List<IBatchContainer> Due()
        {
            var due = _kept.Where(kept => (kept.Behind <= 0 && kept.NotBefore <= Stopwatch.GetTimestamp()) || faults._stopped).ToList();
            due.ForEach(kept => _kept.Remove(kept));
            return [.. due.Select(kept => kept.Push)];
        }

        public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

        public Task Shutdown(TimeSpan timeout) => inner.Shutdown(timeout);

        private sealed class Kept(IBatchContainer push, int behind, long notBefore)
        {
            public IBatchContainer Push => push;

            public int Behind { get; set; } = behind;

            public long NotBefore => notBefore;
        }
    }
}
