using System.Net;
using System.Net.Sockets;
using Orleans.Configuration;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;
using OrleansEs.Grains.Hosting;

namespace OrleansEs.Silo;

/// <summary>
/// The composition root: a host with one silo, its log and the ledger. The silo program and a client that embeds a silo build
/// the same one.
/// </summary>
public static class SiloHost
{
    /// <summary>Builds the host; nothing is opened before it starts.</summary>
    /// <param name="options">What the silo is told; ports of 0 are taken as given (see <see cref="WithFreePorts"/>).</param>
    /// <param name="embedded">True when the process belongs to somebody else, who starts and stops the host.</param>
    public static IHost Build(SiloOptions options, bool embedded = false)
    {
        var log = new SiloLog(options, embedded);
        var builder = new HostBuilder()
            .ConfigureLogging(log.Configure)
            .ConfigureServices(services =>
            {
                services.AddSingleton(options);
                services.AddSingleton(TimeProvider.System);
                services.Configure<HostOptions>(host => host.ShutdownTimeout = options.StopTimeout);
                services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
                if (embedded)
                    services.AddSingleton<IHostLifetime, OwnedLifetime>();
                else
                    services.AddSingleton<IFatalErrorHandler, FatalEnd>();
            })
            .UseOrleans(silo => Configure(silo, options));
        var host = builder.Build();
        log.FallSilentWith(host.Services.GetRequiredService<IHostApplicationLifetime>());
        return host;
    }

    /// <summary>The options with every port that was 0 replaced by one that is free now.</summary>
    public static SiloOptions WithFreePorts(SiloOptions options)
    {
        var siloPort = options.SiloPort == 0 ? FreePort(options.Address) : options.SiloPort;
        var gatewayPort = options.GatewayPort;
        while (gatewayPort == 0 || gatewayPort == siloPort)
            gatewayPort = options.GatewayPort == 0 ? FreePort(options.Address) : throw SamePort(siloPort);
        var http = options.Http is { Port: 0 } url
            ? new UriBuilder(url) { Port = FreePort(options.Address) }.Uri
            : options.Http;
        return options with { SiloPort = siloPort, GatewayPort = gatewayPort, Http = http };
    }

    private static void RequireFreePorts(SiloOptions options)
    {
        RequireFree(options.Address, options.SiloPort, "--silo-port");
        RequireFree(options.Address, options.GatewayPort, "--gateway-port");
        if (options.Http is { } http)
            RequireFree(HealthServer.AddressOf(http), http.Port, "--http");
    }

    /// <summary>Takes what the start needs and others may hold: the file, and the ports, which must be free.</summary>
    /// <exception cref="StartException">Something is held; the message says what to do.</exception>
    public static void Open(IHost host, SiloOptions options)
    {
        try
        {
            // The file first: a second silo beside a running one is told about the file, not about the ports.
            if (options.Store == SiloStore.Sqlite)
                host.Services.GetRequiredService<IEventLogStore>();
            RequireFreePorts(options);
        }
        catch (Exception error)
        {
            host.Dispose();
            if (StartFailures.Explain(error, options) is { } explained)
                throw explained;
            throw;
        }
    }

    /// <summary>Starts a host built from these options.</summary>
    /// <exception cref="StartException">It cannot start; the message says why and what to do.</exception>
    public static async Task Start(IHost host, SiloOptions options, CancellationToken cancellation = default)
    {
        try
        {
            // A log that is refused is refused in one line, before the host has much to say about its failure.
            using (cancellation.Register(host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication))
                host.Services.GetRequiredService<IEventLogStore>();
            await host.StartAsync(cancellation);
        }
        catch (Exception error)
        {
            host.Dispose();
            cancellation.ThrowIfCancellationRequested();
            if (StartFailures.Explain(error, options) is { } explained)
                throw explained;
            throw;
        }
    }

    private static void Configure(ISiloBuilder silo, SiloOptions options)
    {
        if (options.Store == SiloStore.Sqlite)
        {
            silo.UseLocalhostClustering(
                options.SiloPort, options.GatewayPort, serviceId: options.ServiceId, clusterId: options.ClusterId);
            silo.AddSqliteEventLog(log =>
            {
                log.DataPath = options.DataPath;
                log.Partitions = options.Partitions;
            });
        }
        else
        {
            silo.UsePostgresClustering(options.Connection);
            silo.AddPostgresEventLog(log =>
            {
                log.ConnectionString = options.Connection;
                log.StartTimeout = options.DatabaseTimeout;
                log.AppendLanes = options.AppendLanes;
                log.Partitions = options.Partitions;
            });
        }
        if (options.FailPoints is { } plan)
            AddFailPoints(silo, plan);
        silo.Configure<ClusterOptions>(cluster =>
        {
            cluster.ClusterId = options.ClusterId;
            cluster.ServiceId = options.ServiceId;
        });
        silo.Configure<EndpointOptions>(endpoint =>
        {
            endpoint.AdvertisedIPAddress = options.Address;
            endpoint.SiloPort = options.SiloPort;
            endpoint.GatewayPort = options.GatewayPort;
            endpoint.SiloListeningEndpoint = new IPEndPoint(options.Address, options.SiloPort);
            endpoint.GatewayListeningEndpoint = new IPEndPoint(options.Address, options.GatewayPort);
        });
        silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = options.ResponseTimeout);
        silo.AddLedger();
    }

    private static void AddFailPoints(ISiloBuilder silo, string plan)
    {
        try
        {
            silo.AddFailPoints(plan);
        }
        catch (Exception refused) when (refused is FormatException or InvalidOperationException)
        {
            throw new StartException(2, "bad-setting", $"--fail-points: {refused.Message.TrimEnd('.')}", "or leave it out");
        }
    }

    private static void RequireFree(IPAddress address, int port, string option)
    {
        try
        {
            using var probe = new TcpListener(address, port) { ExclusiveAddressUse = true };
            probe.Start();
        }
        catch (SocketException error)
        {
            throw error.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? new StartException(
                    3, "port-busy", $"{option} {port} is taken by another process on {address}",
                    $"stop that process, or give another port, such as {(option == "--http" ? "--http none" : option + " 0")}")
                : new StartException(
                    2, "bad-setting", $"{option}: cannot listen on {address}:{port} ({error.Message})", "give another one");
        }
    }

    private static StartException SamePort(int port) =>
        new(2, "bad-setting", $"--silo-port and --gateway-port are both {port}", "give two different ports");

    private static int FreePort(IPAddress address)
    {
        using var probe = new TcpListener(address, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
