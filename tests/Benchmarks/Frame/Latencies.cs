using System.Diagnostics;

namespace OrleansEs.Benchmarks.Frame;

/// <summary>All latencies of a measurement, each kept, so that a percentile is exact.</summary>
internal sealed class Latencies
{
    private readonly long[] _sorted;

    /// <param name="ticks">In ticks of <see cref="Stopwatch"/>.</param>
    public Latencies(IEnumerable<long> ticks)
    {
        _sorted = [.. ticks];
        Array.Sort(_sorted);
    }

    /// <summary>How many there are.</summary>
    public int Count => _sorted.Length;

    /// <summary>The latency in milliseconds that this share of all stayed within; not a number when there is none.</summary>
    public double Milliseconds(double share) => _sorted.Length == 0
        ? double.NaN
        : _sorted[Math.Max(0, (int)Math.Ceiling(_sorted.Length * share) - 1)] * 1_000.0 / Stopwatch.Frequency;

    /// <summary>The usual two.</summary>
    /// <param name="of">What they are latencies of; empty when that is clear.</param>
    public IEnumerable<Figure> Figures(string of = "") =>
    [
        new($"{of}p50 ms", Milliseconds(0.50)),
        new($"{of}p99 ms", Milliseconds(0.99)),
    ];
}
