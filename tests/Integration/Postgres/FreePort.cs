using System.Net;
using System.Net.Sockets;

namespace OrleansEs.Integration.Postgres;

/// <summary>
/// Ports for servers that are named before they start. They lie below those that the system gives to outgoing connections, of
/// which tests make thousands: one of these must not sit on the port of a server that is only away for a moment.
/// </summary>
internal static class FreePort
{
    private const int First = 15_000;
    private const int Count = 15_000;

    // Processes of tests that run side by side begin at different places.
    private static int s_next = Environment.ProcessId * 97 % Count;

    /// <summary>A port that nobody uses now, and that this process does not name twice.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = First + Interlocked.Increment(ref s_next) % Count;
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                continue;
            }
        }
    }
}
