using Microsoft.Extensions.Hosting;
using OrleansEs.Silo;

namespace OrleansEs.Client;

/// <summary>
/// The services of a silo that is not started: for work on the database by itself, beside silos that are at work, or with none.
/// </summary>
internal sealed class OfflineServices : IAsyncDisposable
{
    private readonly IHost _host;

    private OfflineServices(IHost host) => _host = host;

    /// <summary>The services; the database is opened at the first use.</summary>
    public IServiceProvider Provider => _host.Services;

    /// <summary>Opens the database that the options name.</summary>
    /// <exception cref="StartException">A silo has the file, or the log is none that this program can read.</exception>
    public static OfflineServices Open(ConnectionOptions options)
    {
        var silo = SiloHost.WithFreePorts(new SiloOptions
        {
            Store = options.Database is null ? SiloStore.Sqlite : SiloStore.Postgres,
            DataPath = options.DataPath,
            Connection = options.Database ?? "",
            ClusterId = options.ClusterId,
            ServiceId = options.ServiceId,
            SiloPort = 0,
            GatewayPort = 0,
            Http = null,
        });
        var host = SiloHost.Build(silo, embedded: true);
        SiloHost.Open(host, silo);
        return new OfflineServices(host);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
        else
            _host.Dispose();
    }
}
