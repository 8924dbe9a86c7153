using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace OrleansEs.Faults.Harness;

/// <summary>A proxy before PostgreSQL that can drop, refuse, hang, and cut a connection between a commit and its answer.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly NpgsqlConnectionStringBuilder _target;
    private readonly ConcurrentDictionary<ProxiedConnection, Task> _connections = new();
    private TcpListener _listener;
    private Task _accepting;
    private volatile TaskCompletionSource? _hung;
    private volatile CutPlan? _plan;

    private TcpProxy(string connection)
    {
        _target = new NpgsqlConnectionStringBuilder(connection);
        _listener = Listen(0);
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = Accept(_listener);
    }

    /// <summary>Where it listens on the loopback.</summary>
    public int Port { get; }

    /// <summary>How to connect through it. Without encryption, because it reads what passes.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(_target.ConnectionString)
    {
        Host = "127.0.0.1", Port = Port, SslMode = SslMode.Disable, GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    /// <summary>Stands before the server of this connection string.</summary>
    public static TcpProxy Before(string connection) => new(connection);

    /// <summary>From now on all connections follow this plan; null for none.</summary>
    public void Cut(CutPlan? plan) => _plan = plan;

    /// <summary>Ends all connections at once. New ones are welcome.</summary>
    public void Drop()
    {
        foreach (var connection in _connections.Keys)
            connection.Reset();
    }

    /// <summary>Ends all connections and refuses new ones.</summary>
    public async Task Refuse()
    {
        _listener.Stop();
        await _accepting;
        Drop();
    }

    /// <summary>Accepts connections again.</summary>
    public void Welcome()
    {
        _listener = Listen(Port);
        _accepting = Accept(_listener);
    }

    /// <summary>Passes nothing on, in either direction, and leaves all connections open.</summary>
    public void Hang() => _hung = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Passes on what was held back, and all that follows.</summary>
    public void Resume() => _hung?.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Resume();
        await Refuse();
        await Task.WhenAll(_connections.Values);
    }

    private static TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        return listener;
    }

    private async Task Accept(TcpListener listener)
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await listener.AcceptTcpClientAsync();
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            var server = new TcpClient { NoDelay = true };
            client.NoDelay = true;
            var connection = new ProxiedConnection(client, server, () => _plan, () => _hung?.Task ?? Task.CompletedTask);
            _connections[connection] = Serve(connection, server);
        }
    }

    private async Task Serve(ProxiedConnection connection, TcpClient server)
    {
        await Task.Yield();
        try
        {
            await server.ConnectAsync(_target.Host!, _target.Port);
            await connection.Run();
        }
        catch (SocketException)
        {
            connection.Reset();
        }
        finally
        {
            _connections.TryRemove(connection, out _);
        }
    }
}
