namespace OrleansEs.Ledger.Overload;

/// <summary>
/// Adaptive throttling: keeps what one client asks of its silos near to what they take. Grains are split into groups by their
/// keys, each with a window of its own: one account that everybody wants and that refuses most of it spoils an eighth of the
/// others at most, and a silo that is overloaded shows in every group. Deterministic, given time and seed.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="seed">Begins the random numbers.</param>
internal sealed class OverloadThrottle(TimeProvider time, ulong seed)
{
    /// <summary>How many groups there are.</summary>
    public const int Groups = 8;

    private readonly OverloadWindow[] _windows = [.. Enumerable.Range(0, Groups).Select(_ => new OverloadWindow())];
    private readonly long _periodTicks = (long)(OverloadWindow.Period.TotalSeconds * time.TimestampFrequency);
    private ulong _random = seed;

    /// <summary>True when a command to a grain is better not sent now; see <see cref="OverloadWindow.Spares"/>.</summary>
    /// <param name="grainHash">A hash of the grain's key.</param>
    public bool Spares(uint grainHash)
    {
        var window = WindowOf(grainHash);
        var now = Now();
        // Random numbers are shared by all threads: who needs none does not ask for one.
        return !window.IsCalm(now) && window.Spares(now, Chance());
    }

    /// <summary>A silo answered a command to a grain; see <see cref="OverloadWindow.Answered"/>.</summary>
    /// <param name="grainHash">A hash of the grain's key.</param>
    /// <param name="refused">True when it was refused for overload.</param>
    public void Answered(uint grainHash, bool refused) => WindowOf(grainHash).Answered(Now(), refused);

    private OverloadWindow WindowOf(uint grainHash) => _windows[grainHash % Groups];

    private long Now() => time.GetTimestamp() / _periodTicks;

    // The generator splitmix64: one step is one addition, so threads share it without a lock.
    private double Chance()
    {
        var mixed = Interlocked.Add(ref _random, 0x9E3779B97F4A7C15);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return ((mixed ^ (mixed >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
