using System.Diagnostics;

namespace OrleansEs.EventLog.FailPoints;

/// <summary>One point: counts who passes, and fails when it is due.</summary>
internal sealed class FailPoint(bool kills, bool isOnce, int count)
{
    private int _passes;

    /// <returns>True when whoever passes has to fail. A point that kills does not return then.</returns>
    public bool Pass()
    {
        var passes = Interlocked.Increment(ref _passes);
        if (isOnce ? passes != count : passes % count != 0)
            return false;
        if (kills)
        {
            // As a power cut would: no handler runs and nothing is flushed.
            using var self = Process.GetCurrentProcess();
            self.Kill();
        }
        return true;
    }
}
