using System.Numerics;

namespace OrleansEs.Client.Load;

/// <summary>
/// Counts latencies in buckets that are at most a sixteenth wide, so that a run of any length takes the same memory.
/// Safe to be used by many callers at once.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBuckets = 16;
    private readonly long[] _counts = new long[64 * SubBuckets];

    /// <summary>Counts one latency.</summary>
    public void Add(TimeSpan latency) => Interlocked.Increment(ref _counts[Bucket((ulong)Math.Max(1, latency.Ticks))]);

    /// <summary>The latency that this share of all stayed below, within a sixteenth; zero when nothing was counted.</summary>
    /// <param name="share">Between 0 and 1: 0.99 for the 99th percentile.</param>
    public TimeSpan Percentile(double share)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(_counts.Sum() * share));
        var seen = 0L;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= wanted)
                return TimeSpan.FromTicks((long)UpperBound(bucket));
        }
        return TimeSpan.Zero;
    }

    private static int Bucket(ulong ticks)
    {
        var exponent = BitOperations.Log2(ticks);
        var sub = exponent < 4 ? 0 : (int)((ticks >> (exponent - 4)) & (SubBuckets - 1));
        return exponent * SubBuckets + sub;
    }

    private static ulong UpperBound(int bucket)
    {
        var exponent = bucket / SubBuckets;
        var sub = (ulong)(bucket % SubBuckets);
        return exponent < 4 ? 1UL << exponent : (SubBuckets + sub + 1) << (exponent - 4);
    }
}
