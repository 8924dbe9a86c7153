using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Serialization;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;
using OrleansEs.Ledger.Overload;
using OrleansEs.Silo;

namespace OrleansEs.Client;

/// <summary>
/// A way to the cluster: a client of one gateway or of a whole cluster, or a silo hosted in this process. Disposing it closes
/// either.
/// </summary>
internal sealed class Connection : IAsyncDisposable
{
    // An embedded silo opens its file, recovers and starts its read models; that is not what --timeout is about.
    private static readonly TimeSpan s_embeddedStartTimeout = TimeSpan.FromSeconds(60);

    // A silo that is frozen takes connections and says nothing; others of its cluster may answer.
    private static readonly TimeSpan s_gatewayTimeoutMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_gatewayRetryDelay = TimeSpan.FromMilliseconds(250);

    private readonly IHost _host;

    private Connection(IHost host, string place)
    {
        _host = host;
        Place = place;
    }

    /// <summary>The way to the grains.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IClusterClient>();

    /// <summary>What it is connected to, for people.</summary>
    public string Place { get; }

    /// <summary>Connects.</summary>
    /// <exception cref="ClientException">Nobody answers within the timeout; the message names the remedy.</exception>
    public static async Task<Connection> Open(ConnectionOptions options, TimeSpan timeout, CancellationToken cancellation)
    {
        if (options.Embedded)
            return await OpenEmbedded(options, cancellation);
        if (options.Database is { } database)
            return await OpenCluster(options, database, timeout, cancellation);
        using var deadline = new CancellationTokenSource(timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        var (host, port) = options.Gateway;
        var listens = false;
        try
        {
            var gateway = new IPEndPoint(await Resolve(host, either.Token), port);
            await Probe(gateway, either.Token);
            listens = true;
            return await OpenGateway(options, gateway, timeout, either.Token);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested
            && error is SocketException or OperationCanceledException or OrleansException or TimeoutException)
        {
            var seconds = $"{timeout.TotalSeconds:0.###} s";
            if (listens)
            {
                throw ClientException.Unavailable(
                    $"a silo listens at {host}:{port} but did not answer within {seconds}",
                    $"is its --cluster-id '{options.ClusterId}'? else give a longer --timeout");
            }
            var reason = error is OperationCanceledException or TimeoutException
                ? $"no answer within {seconds}"
                : error.Message.TrimEnd('.');
            throw ClientException.Unavailable(
                $"no silo answers at {host}:{port} ({reason})",
                "start one (dotnet run --project Silo), name another by --gateway, or add --embedded");
        }
    }

    /// <summary>True when something listens at the gateway.</summary>
    public static async Task<bool> Listens(ConnectionOptions options, CancellationToken cancellation)
    {
        try
        {
            var (host, port) = options.Gateway;
            await Probe(new IPEndPoint(await Resolve(host, cancellation), port), cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(8));
        try
        {
            await _host.StopAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // The answer is printed already; a farewell that takes too long must not turn it into an error.
            return;
        }
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
        else
            _host.Dispose();
    }

    private static async Task<IPAddress> Resolve(string host, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(host, out var address))
            return address;
        var addresses = await Dns.GetHostAddressesAsync(host, cancellation);
        return addresses.FirstOrDefault(found => found.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
    }

    // Orleans takes long to say that nobody listens; a bare connect knows at once.
    private static async Task Probe(IPEndPoint gateway, CancellationToken cancellation)
    {
        using var probe = new Socket(gateway.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await probe.ConnectAsync(gateway, cancellation);
    }

    private static Task<Connection> OpenGateway(
        ConnectionOptions options, IPEndPoint gateway, TimeSpan timeout, CancellationToken cancellation) =>
        OpenClient(
            options, timeout, timeout,
            client =>
            {
                client.UseStaticClustering(gateway);
                // A silo that comes back is found again within a second.
                client.Configure<GatewayOptions>(list => list.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
            },
            $"the silo at {gateway}", cancellation);

    private static async Task<Connection> OpenCluster(
        ConnectionOptions options, string database, TimeSpan timeout, CancellationToken cancellation)
    {
        var name = PostgresConnection.NameOf(database);
        using var deadline = new CancellationTokenSource(timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        var answers = false;
        try
        {
            await PostgresConnection.RequireCluster(database, either.Token);
            answers = true;
            return await OpenClient(
                options, timeout, timeout < s_gatewayTimeoutMax ? timeout : s_gatewayTimeoutMax,
                client => client
                    .UsePostgresClustering(database)
                    // Entries of dead silos, silos that are still starting, or a database that has just gone.
                    .UseConnectionRetryFilter(async (_, stop) =>
                    {
                        await Task.Delay(s_gatewayRetryDelay, TimeProvider.System, stop);
                        return true;
                    }),
                $"the cluster '{options.ClusterId}' on {name}", either.Token);
        }
        catch (EventLogStartException error)
        {
            throw ClientException.Unavailable(error.Problem, error.Remedy);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested
            && error is EventLogUnavailableException or OperationCanceledException or OrleansException or TimeoutException)
        {
            if (!answers)
            {
                var reason = error is OperationCanceledException ? $"no answer within {timeout.TotalSeconds:0.###} s" : error.Message;
                throw ClientException.Unavailable(
                    $"the database {name} does not answer ({reason.TrimEnd('.')})", "start PostgreSQL, or correct --connection");
            }
            throw ClientException.Unavailable(
                $"no silo of the cluster '{options.ClusterId}' on {name} answers within {timeout.TotalSeconds:0.###} s",
                "start one (dotnet run --project Silo -- --store postgres --connection …), or is its --cluster-id another?");
        }
    }

    private static async Task<Connection> OpenClient(
        ConnectionOptions options, TimeSpan timeout, TimeSpan gatewayTimeout, Action<IClientBuilder> findSilos, string place,
        CancellationToken cancellation)
    {
        var host = new HostBuilder()
            // Whatever goes wrong is told by the verb's own error line.
            .ConfigureLogging(logging => logging.SetMinimumLevel(LogLevel.None))
            .UseOrleansClient(client =>
            {
                findSilos(client);
                if (options.Throttled)
                    client.AddOverloadThrottle();
                client.Configure<ClusterOptions>(cluster =>
                {
                    cluster.ClusterId = options.ClusterId;
                    cluster.ServiceId = options.ServiceId;
                });
                // What a silo on PostgreSQL says of its driver's failures; their messages are all that is shown.
                client.Configure<ExceptionSerializationOptions>(options => options.SupportedNamespacePrefixes.Add("Npgsql"));
                client.Configure<ClientMessagingOptions>(messaging =>
                    messaging.ResponseTimeout = timeout + TimeSpan.FromSeconds(1));
                client.Configure<Orleans.Configuration.ConnectionOptions>(connection =>
                {
                    connection.OpenConnectionTimeout = gatewayTimeout;
                    connection.ConnectionRetryDelay = TimeSpan.FromMilliseconds(500);
                });
            })
            .Build();
        try
        {
            await host.StartAsync(cancellation).WaitAsync(cancellation);
            return new Connection(host, place);
        }
        catch (Exception)
        {
            host.Dispose();
            throw;
        }
    }

    private static async Task<Connection> OpenEmbedded(ConnectionOptions options, CancellationToken cancellation)
    {
        var siloOptions = SiloHost.WithFreePorts(new OrleansEs.Silo.SiloOptions
        {
            DataPath = options.DataPath,
            ClusterId = options.ClusterId,
            ServiceId = options.ServiceId,
            SiloPort = 0,
            GatewayPort = 0,
            Http = null,
        });
        var host = SiloHost.Build(siloOptions, embedded: true);
        SiloHost.Open(host, siloOptions);
        await SiloHost.Start(host, siloOptions, cancellation).WaitAsync(s_embeddedStartTimeout, cancellation);
        return new Connection(host, $"a silo in this process on {options.DataPath}");
    }
}
