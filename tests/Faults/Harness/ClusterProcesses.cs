using System.Text.Json.Nodes;
using OrleansEs.Client;

namespace OrleansEs.Faults.Harness;

/// <summary>Several silos on one PostgreSQL, each in a process of its own.</summary>
internal sealed class ClusterProcesses : IAsyncDisposable
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();
    private readonly string _connection;
    private readonly string _clusterId;
    private readonly SiloProcess?[] _silos;
    private readonly string[] _more;

    private ClusterProcesses(string connection, string clusterId, int silos, string[] more) =>
        (_connection, _clusterId, _silos, _more) = (connection, clusterId, new SiloProcess?[silos], more);

    /// <summary>The silos that were started last, dead ones included.</summary>
    public IReadOnlyList<SiloProcess> Silos => _silos!;

    /// <summary>A folder of this cluster.</summary>
    public string Folder => _folder.Path;

    /// <summary>How the client finds this cluster.</summary>
    public string[] ClientOptions => ["--connection", _connection, "--cluster-id", _clusterId];

    /// <summary>Starts all silos at once, and waits until all are ready.</summary>
    public static async Task<ClusterProcesses> Start(
        string connection, int silos = 3, string clusterId = "orleanses", params string[] more)
    {
        var cluster = new ClusterProcesses(connection, clusterId, silos, more);
        try
        {
            await cluster.StartAll();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts every silo that does not run.</summary>
    public Task StartAll() => Task.WhenAll(
        Enumerable.Range(0, _silos.Length).Where(index => _silos[index] is not { Process.HasExited: false }).Select(index => Start(index)));

    /// <summary>Starts one silo in the place of one that has ended.</summary>
    public async Task<SiloProcess> Start(int index)
    {
        if (_silos[index] is { } before)
            await before.DisposeAsync();
        _silos[index] = null;
        var silo = await SiloProcess.Start(Folder, 0, Options());
        return _silos[index] = silo;
    }

    /// <summary>Starts one silo more, which is to end by itself, and waits for that.</summary>
    public Task<Ended> StartDoomed(params string[] own) => SiloProcess.Refused(
        Folder, ["--silo-port", "0", "--gateway-port", $"{Programs.FreePort()}", .. Options(), .. own]);

    /// <summary>Ends all silos at once, as a power cut would.</summary>
    public Task KillAll() => Task.WhenAll(Silos.Select(silo => silo.Kill()));

    /// <summary>A way to its grains, which the caller closes.</summary>
    public Task<Connection> Connect() => Connection.Open(
        new ConnectionOptions { Database = _connection, ClusterId = _clusterId }, s_connectTimeout, CancellationToken.None);

    /// <summary>Runs a verb of the client against this cluster.</summary>
    public Task<Ended> Call(params string[] args) => ClientProcess.Call([.. args, .. ClientOptions]);

    /// <summary>Runs a verb that must end well, and returns its JSON.</summary>
    public async Task<JsonNode> Json(params string[] args)
    {
        var ended = await Call([.. args, "--json"]);
        Assert.True(ended.ExitCode == 0, $"{string.Join(' ', args)}: {ended.ExitCode} {ended.Stderr}");
        return JsonNode.Parse(ended.Stdout)!;
    }

    private string[] Options() =>
    [
        "--store", "postgres", "--connection", _connection, "--cluster-id", _clusterId,
        "--http", $"http://127.0.0.1:{Programs.FreePort()}", .. _more,
    ];

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos.OfType<SiloProcess>())
            await silo.DisposeAsync();
        _folder.Dispose();
    }
}
