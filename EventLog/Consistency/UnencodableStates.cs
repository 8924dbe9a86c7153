using System.Collections.Concurrent;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Which state types are known to get no snapshots, so that the log says it once per process and not per grain.
/// </summary>
internal static class UnencodableStates
{
    private static readonly ConcurrentDictionary<Type, bool> Said = new();

    public static bool FirstTime(Type state) => Said.TryAdd(state, true);
}
