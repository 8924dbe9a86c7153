using BenchmarkDotNet.Attributes;
using OrleansEs.Ledger.Overload;

namespace OrleansEs.Benchmarks.Micro;

/// <summary>What the client's throttle adds to a command: it is asked before, and told afterwards.</summary>
[MemoryDiagnoser]
public class ThrottlePath
{
    private readonly OverloadThrottle _calm = new(TimeProvider.System, seed: 1);
    private readonly OverloadThrottle _stormy = new(TimeProvider.System, seed: 1);

    [Benchmark(Description = "a command while nothing is refused")]
    public bool Calm()
    {
        var spared = _calm.Spares(0);
        _calm.Answered(0, refused: false);
        return spared;
    }

    [Benchmark(Description = "a command while everything is refused")]
    public bool Stormy()
    {
        var spared = _stormy.Spares(0);
        if (!spared)
            _stormy.Answered(0, refused: true);
        return spared;
    }
}
