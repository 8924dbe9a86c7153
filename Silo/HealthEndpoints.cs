using System.Net;
using OrleansEs.EventLog;

namespace OrleansEs.Silo;

/// <summary>
/// <c>GET /health/live</c>: the process answers. <c>GET /health/ready</c>: it can do work, else 503 with the reason.
/// </summary>
internal static class HealthEndpoints
{
    // A probe that waits longer than this is given up by who asks.
    private static readonly TimeSpan s_readTimeout = TimeSpan.FromSeconds(2);

    public static void Configure(IWebHostBuilder web, Uri url)
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
            "/health/ready" => Ready(context),
            _ => Answer(context, StatusCodes.Status404NotFound, "there is /health/live and /health/ready"),
        }));
    }

    /// <summary>The address that a URL's host names; a name is taken as loopback or any.</summary>
    public static IPAddress AddressOf(Uri url) =>
        IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? address
        : url.IsLoopback ? IPAddress.Loopback
        : IPAddress.Any;

    private static async Task Ready(HttpContext context)
    {
        var (status, text) = await State(context.RequestServices, context.RequestAborted);
        await Answer(context, status, text);
    }

    private static async Task<(int Status, string Text)> State(IServiceProvider services, CancellationToken aborted)
    {
        var lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return (StatusCodes.Status503ServiceUnavailable, "stopping");
        if (!lifetime.ApplicationStarted.IsCancellationRequested)
            return (StatusCodes.Status503ServiceUnavailable, "starting");
        try
        {
            using var timeout = new CancellationTokenSource(s_readTimeout, services.GetRequiredService<TimeProvider>());
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, aborted);
            await services.GetRequiredService<IEventLogReader>().ReadHeads(either.Token);
            return (StatusCodes.Status200OK, "ready");
        }
        catch (EventLogUnavailableException error)
        {
            return (StatusCodes.Status503ServiceUnavailable, $"log unavailable: {error.Message}");
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return (StatusCodes.Status503ServiceUnavailable, $"log unavailable: no answer within {s_readTimeout.TotalSeconds} s");
        }
    }

    private static Task Answer(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }
}
