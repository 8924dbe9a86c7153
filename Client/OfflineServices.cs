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
    /// <param name="options">Where it is.</param>
    /// <param name="partitions">How many partitions the log must have; null for 8 of a new one, and any of another.</param>
    /// <exception cref="StartException">A silo has the file, or the log is none that this program can read.</exception>
    public static OfflineServices Open(ConnectionOptions options, int? partitions = null)
    {
        var silo = SiloHost.WithFreePorts(new SiloOptions
        {
            Store = options.Database is null ? SiloStore.Sqlite : SiloStore.Postgres,
            DataPath = options.DataPath,
            Connection = options.Database ?? "",
            Partitions = partitions,
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
