using System.Net;

namespace OrleansEs.Silo;

/// <summary>
/// <c>GET /health/live</c>: the process answers. <c>GET /health/ready</c>: it can do work, else 503 with the reason. It is up
/// before the silo starts and until after it has stopped, so that it can tell of both.
/// </summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly IHost? _host;

    private HealthServer(IHost? host) => _host = host;

    /// <summary>Starts to listen.</summary>
    /// <param name="url">Where; null listens nowhere.</param>
    /// <param name="health">What is told.</param>
    /// <exception cref="StartException">Somebody took the port a moment ago.</exception>
    public static async Task<HealthServer> Start(Uri? url, SiloHealth health)
    {
        if (url is null)
            return new HealthServer(null);
        var host = new HostBuilder()
            .ConfigureLogging(logging => logging.SetMinimumLevel(LogLevel.None))
            .ConfigureServices(services =>
            {
                services.AddSingleton<IHostLifetime, OwnedLifetime>();
                services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
            })
            .ConfigureWebHost(web => Configure(web, url, health))
            .Build();
        try
        {
            await host.StartAsync();
        }
        catch (IOException error)
        {
            host.Dispose();
            throw new StartException(
                3, StartFailures.PortBusy, $"--http {url.Port}: {error.Message.TrimEnd('.')}", "give another port, or --http none");
        }
        return new HealthServer(host);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is null)
            return;
        await _host.StopAsync();
        _host.Dispose();
    }

    /// <summary>The address that a URL's host names; a name is taken as loopback or any.</summary>
    public static IPAddress AddressOf(Uri url) =>
        IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? address
        : url.IsLoopback ? IPAddress.Loopback
        : IPAddress.Any;

    private static void Configure(IWebHostBuilder web, Uri url, SiloHealth health)
    {
        web.UseKestrelCore();
        web.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(AddressOf(url), url.Port);
        });
        web.Configure(app => app.Run(context => context.Request.Path.Value switch
        {
            "/health/live" => Answer(context, StatusCodes.Status200OK, "live"),
            "/health/ready" => Ready(context, health),
            _ => Answer(context, StatusCodes.Status404NotFound, "there is /health/live and /health/ready"),
        }));
    }

    private static async Task Ready(HttpContext context, SiloHealth health)
    {
        var problem = await health.Problem(context.RequestAborted);
        await (problem is null
            ? Answer(context, StatusCodes.Status200OK, "ready")
            : Answer(context, StatusCodes.Status503ServiceUnavailable, problem));
    }

    private static Task Answer(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }
}
