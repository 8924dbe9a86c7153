using System.Net;
using System.Net.Sockets;

namespace OrleansEs.Integration.Postgres;

/// <summary>Stands between a client and a server of the loopback, and counts how often the client asked and was answered.</summary>
internal sealed class RoundTripCounter : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _relays = [];
    private readonly Task _accepting;
    private long _count;

    /// <param name="port">The server's port.</param>
    public RoundTripCounter(int port)
    {
        _listener.Start();
        _accepting = Accept(port);
    }

    /// <summary>Where the client finds it.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often something was sent to the server since it had last said something.</summary>
    public long Count => Interlocked.Read(ref _count);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        await Task.WhenAll(_relays);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task Accept(int port)
    {
        try
        {
            while (true)
                _relays.Add(Relay(await _listener.AcceptTcpClientAsync(_stop.Token), port));
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task Relay(TcpClient client, int port)
    {
        using (client)
        {
            using var server = new TcpClient { NoDelay = true };
            client.NoDelay = true;
            await server.ConnectAsync(IPAddress.Loopback, port, _stop.Token);
            var isAsking = new Flag(false);
            await Task.WhenAny(
                Copy(client.GetStream(), server.GetStream(), () => Interlocked.Add(ref _count, isAsking.Exchange(true) ? 0 : 1)),
                Copy(server.GetStream(), client.GetStream(), () => isAsking.Exchange(false)));
        }
    }

    private async Task Copy(NetworkStream from, NetworkStream to, Action seen)
    {
        var buffer = new byte[65_536];
        try
        {
            int length;
            while ((length = await from.ReadAsync(buffer, _stop.Token)) > 0)
            {
                seen();
                await to.WriteAsync(buffer.AsMemory(0, length), _stop.Token);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two went away, and so does the other.
        }
    }

    private sealed class Flag(bool value)
    {
        private int _value = value ? 1 : 0;

        public bool Exchange(bool next) => Interlocked.Exchange(ref _value, next ? 1 : 0) == 1;
    }
}
