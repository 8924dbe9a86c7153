namespace OrleansEs.EventLog.Consistency;

/// <summary>When to take a snapshot. Pure.</summary>
internal static class SnapshotPolicy
{
    /// <param name="every">After how many events; 0 means never.</param>
    /// <param name="snapshotVersion">The version of the last snapshot; 0 when there is none.</param>
    /// <param name="version">The version now.</param>
    public static bool IsDue(int every, long snapshotVersion, long version) =>
        every > 0 && version - snapshotVersion >= every;
}
