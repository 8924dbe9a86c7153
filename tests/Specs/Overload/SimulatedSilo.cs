using Microsoft.Extensions.Time.Testing;
using OrleansEs.Ledger.Overload;

namespace OrleansEs.Specs.Overload;

/// <summary>A silo that takes so many commands each millisecond and refuses the rest, and a client with a throttle before it.</summary>
internal sealed class SimulatedSilo
{
    private readonly FakeTimeProvider _time = new();
    private readonly OverloadThrottle _throttle;
    private readonly Random _grains = new(1);

    public SimulatedSilo() => _throttle = new OverloadThrottle(_time, seed: 1);

    /// <summary>How many commands it can do each millisecond.</summary>
    public int Capacity { get; set; }

    /// <summary>Lets milliseconds pass in each of which so many commands are offered.</summary>
    /// <returns>How many were done, how many were refused by the silo, and how many never came to it.</returns>
    public (int Done, int Refused, int Spared) Offer(int each, int milliseconds)
    {
        int done = 0, refused = 0, spared = 0;
        for (var passed = 0; passed < milliseconds; passed++)
        {
            var left = Capacity;
            for (var offered = 0; offered < each; offered++)
            {
                var grain = (uint)_grains.Next();
                if (_throttle.Spares(grain))
                {
                    spared++;
                    continue;
                }
                var isFull = left-- <= 0;
                _throttle.Answered(grain, refused: isFull);
                _ = isFull ? refused++ : done++;
            }
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }
        return (done, refused, spared);
    }
}
