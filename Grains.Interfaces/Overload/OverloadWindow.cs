namespace OrleansEs.Ledger.Overload;

/// <summary>
/// What a client asked of some grains in the last second, and what became of it; from that, whether the next command is worth
/// sending. Safe to be used by many threads at once, without a lock.
/// <para>
/// Invariants: nothing is spared while no silo has refused anything for a whole window; a silo is sent at most about
/// <see cref="MultipleOfTaken"/> times what it takes; <see cref="ProbesMin"/> commands of each period are sent whatever was
/// refused, so a window cannot shut for good. Counts are statistics: a thread that is held up for a whole window may count into
/// a period that is forgotten.
/// </para>
/// </summary>
internal sealed class OverloadWindow
{
    /// <summary>How many periods of <see cref="Period"/> a window has: one second together.</summary>
    public const int Periods = 10;

    /// <summary>
    /// Of each period so many commands are sent that would be spared otherwise. They find out that the overload is over where
    /// nothing was taken, and whoever sends no more than that is never throttled.
    /// </summary>
    public const int ProbesMin = 1;

    /// <summary>
    /// How many times what is taken may be asked for. At 2, a silo refuses once for each command that it does, is not short of work
    /// after a hiccup of half a window, and may be half of a cluster without the other half being spared anything.
    /// </summary>
    public const double MultipleOfTaken = 2;

    private readonly Counts[] _counts = [.. Enumerable.Repeat(new Counts(-Periods), Periods)];
    private long _refusedIn = -Periods;
    private long _refusedSince;

    /// <summary>
    /// How long a period is. The longer a window, the longer a hiccup of a silo that the multiple bridges; the shorter, the sooner
    /// everything is sent again after the load has dropped.
    /// </summary>
    public static TimeSpan Period { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>A silo answered a command.</summary>
    /// <param name="period">The number of the present period.</param>
    /// <param name="refused">True when it was refused for overload; false for any other answer, since the silo took it.</param>
    public void Answered(long period, bool refused)
    {
        var counts = In(period);
        if (!refused)
        {
            Interlocked.Increment(ref counts.Taken);
            return;
        }
        Interlocked.Increment(ref counts.Refused);
        // What was spared in another overload says nothing about this one.
        if (IsCalm(period))
            Volatile.Write(ref _refusedSince, period);
        Volatile.Write(ref _refusedIn, period);
    }

    /// <summary>True while no silo has refused anything for a whole window: then nothing is spared.</summary>
    /// <param name="period">The number of the present period.</param>
    public bool IsCalm(long period) => period - Volatile.Read(ref _refusedIn) >= Periods;

    /// <summary>
    /// True when a command is better not sent now, which is counted then. Of those that are more than the multiple of what is
    /// taken, each has the same chance: (asked - multiple * taken) / (asked + 1).
    /// </summary>
    /// <param name="period">The number of the present period.</param>
    /// <param name="chance">A random number from 0 to 1.</param>
    public bool Spares(long period, double chance)
    {
        if (IsCalm(period))
            return false;
        var since = Volatile.Read(ref _refusedSince);
        long taken = 0, asked = 0;
        foreach (ref var slot in _counts.AsSpan())
        {
            var counts = Volatile.Read(ref slot);
            if (period - counts.Period >= Periods)
                continue;
            var takenThen = Volatile.Read(ref counts.Taken);
            taken += takenThen;
            asked += takenThen + Volatile.Read(ref counts.Refused) + (counts.Period < since ? 0 : Volatile.Read(ref counts.Spared));
        }
        if (chance * (asked + 1) >= asked - MultipleOfTaken * taken)
            return false;
        var now = In(period);
        if (Volatile.Read(ref now.Probes) < ProbesMin && Interlocked.Increment(ref now.Probes) <= ProbesMin)
            return false;
        Interlocked.Increment(ref now.Spared);
        return true;
    }

    // Whoever finds counts of an old period puts new ones in their place; of two who do so at once, one wins and both use his.
    private Counts In(long period)
    {
        ref var slot = ref _counts[period % Periods];
        var found = Volatile.Read(ref slot);
        if (found.Period >= period)
            return found;
        var fresh = new Counts(period);
        var before = Interlocked.CompareExchange(ref slot, fresh, found);
        return before == found ? fresh : before;
    }

    private sealed class Counts(long period)
    {
        public readonly long Period = period;
        public long Taken;
        public long Refused;
        public long Spared;
        public long Probes;
    }
}
