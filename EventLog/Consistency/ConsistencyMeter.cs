using System.Diagnostics.Metrics;

namespace OrleansEs.EventLog.Consistency;

/// <summary>What the log-consistency provider counts.</summary>
internal static class ConsistencyMeter
{
    private static readonly Meter Meter = new("OrleansEs.EventLog.Consistency");

    public static readonly Counter<long> Conflicts = Meter.CreateCounter<long>(
        "eventlog.journal.conflicts", description: "Appends that met events of somebody else and were decided or evolved again");

    public static readonly Counter<long> UnknownOutcomes = Meter.CreateCounter<long>(
        "eventlog.journal.unknown_outcomes", description: "Appends whose answer was lost and had to be looked up");

    public static readonly Counter<long> Snapshots = Meter.CreateCounter<long>(
        "eventlog.journal.snapshots", description: "Snapshots written");
}
