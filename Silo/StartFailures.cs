using System.Net.Sockets;
using Orleans.Runtime.MembershipService;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;

namespace OrleansEs.Silo;

/// <summary>What the exceptions of a start mean to the person who started the silo.</summary>
internal static class StartFailures
{
    /// <summary>The code of a start that found its port taken.</summary>
    public const string PortBusy = "port-busy";

    /// <summary>The failure in words; null when nobody foresaw it.</summary>
    public static StartException? Explain(Exception error, SiloOptions options) => error switch
    {
        StartException known => known,
        EventLogStartException { Setting: nameof(EventLogOptions.Partitions) } log => new StartException(
            2, "bad-setting", $"--partitions: {log.Problem}", "leave it out: the number is fixed when a log is created"),
        EventLogStartException { Setting: nameof(EventLogOptions.AppendLanes) } log => new StartException(
            2, "bad-setting", $"--append-lanes: {log.Problem}", log.Remedy),
        EventLogStartException log => new StartException(3, "log-not-opened", log.Problem, log.Remedy),
        EventLogUnavailableException log => new StartException(
            3, "database-unavailable", log.Message, "start again when the database answers"),
        OrleansClusterConnectivityCheckFailedException => new StartException(
            3, "cluster-not-joined", $"a silo of the cluster '{options.ClusterId}' does not answer, and the others hold it for alive",
            "are its address and port reachable from here? start again"),
        // Somebody took it between the check and the start.
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } => new StartException(
            3, PortBusy, $"a port is taken by another process ({error.Message.TrimEnd('.')})", "start again"),
        { InnerException: { } inner } => Explain(inner, options),
        _ => null,
    };
}
