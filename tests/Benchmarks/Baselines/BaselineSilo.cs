using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Storage;
using OrleansEs.Benchmarks.Frame;
using OrleansEs.Client;
using OrleansEs.EventLog;
using OrleansEs.Faults.Harness;

namespace OrleansEs.Benchmarks.Baselines;

/// <summary>A silo with the baselines that are grains, in a process of its own, on a database of its own.</summary>
internal sealed class BaselineSilo : IAsyncDisposable
{
    /// <summary>The verb that makes this program such a silo.</summary>
    public const string Verb = "serve-baselines";

    public const string Storage = "baseline";
    public const string LogStorage = "log-storage";
    public const string StateStorage = "state-storage";

    private const string ClusterId = "baselines";
    private const string ConnectionVariable = "BASELINE_CONNECTION";

    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(60);

    private readonly Bench _bench;
    private readonly string _database;
    private readonly Process _process;
    private Connection? _connection;

    private BaselineSilo(Bench bench, string database, Process process) => (_bench, _database, _process) = (bench, database, process);

    /// <summary>The way to the grains.</summary>
    public IGrainFactory Grains => _connection!.Grains;

    public int ProcessId => _process.Id;

    /// <summary>Starts one and connects to it.</summary>
    public static async Task<BaselineSilo> Start(Bench bench)
    {
        var database = await bench.Databases.Create();
        var (siloPort, gatewayPort) = (Programs.FreePort(), Programs.FreePort());
        string[] args = [Verb, $"{siloPort}", $"{gatewayPort}"];
        var start = Programs.Of("Benchmarks", AppContext.BaseDirectory, args);
        start.RedirectStandardInput = true;
        start.RedirectStandardError = false;
        start.Environment[ConnectionVariable] = database;
        // Our silo is a web program, which collects garbage like a server.
        start.Environment["DOTNET_gcServer"] = "1";
        var silo = new BaselineSilo(bench, database, Process.Start(start)!);
        try
        {
            var line = await silo._process.StandardOutput.ReadLineAsync().WaitAsync(s_startTimeout);
            if (line?.StartsWith("ready:", StringComparison.Ordinal) != true)
                throw new InvalidOperationException($"The baselines' silo did not start: {line}");
            silo._connection = await Connection.Open(
                new OrleansEs.Client.ConnectionOptions
                {
                    // Bare Orleans: a filter, which these calls would pass, has a price.
                    Gateway = ("127.0.0.1", gatewayPort), GatewayGiven = true, ClusterId = ClusterId, Throttled = false,
                },
                s_startTimeout, bench.Cancellation);
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>How many bytes Orleans' storage takes.</summary>
    public async Task<long> StoredBytes()
    {
        await using var source = NpgsqlDataSource.Create(_database);
        await using var vacuum = source.CreateCommand("vacuum full OrleansStorage");
        await vacuum.ExecuteNonQueryAsync();
        await using var command = source.CreateCommand("select pg_total_relation_size('OrleansStorage')");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Is such a silo, until its standard input ends, which happens at the latest with the process that started it.</summary>
    public static async Task<int> Serve(string[] ports)
    {
        var connection = Environment.GetEnvironmentVariable(ConnectionVariable)!;
        await using (var source = NpgsqlDataSource.Create(connection))
        await using (var script = source.CreateCommand(EmbeddedSql.Read("Hosting.OrleansStorage.Postgres.sql")))
            await script.ExecuteNonQueryAsync();
        using var host = new HostBuilder()
            .ConfigureLogging(logging => logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
                .SetMinimumLevel(LogLevel.Error))
            .UseOrleans(silo => Configure(
                silo, int.Parse(ports[0], CultureInfo.InvariantCulture), int.Parse(ports[1], CultureInfo.InvariantCulture), connection))
            .Build();
        await host.StartAsync();
        Console.WriteLine("ready: baselines");
        await Console.In.ReadToEndAsync();
        await host.StopAsync();
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        await _bench.Databases.Drop(_database);
    }

    private static void Configure(ISiloBuilder silo, int siloPort, int gatewayPort, string connection)
    {
        silo.UseLocalhostClustering(siloPort, gatewayPort, serviceId: "orleanses", clusterId: ClusterId);
        silo.AddAdoNetGrainStorage(Storage, (Microsoft.Extensions.Options.OptionsBuilder<AdoNetGrainStorageOptions> storage) =>
            storage.Configure<Serializer>((options, serializer) =>
            {
                options.Invariant = "Npgsql";
                options.ConnectionString = connection;
                // The faster of the two that Orleans has, and the one that our silo uses.
                options.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
            }));
        silo.AddLogStorageBasedLogConsistencyProvider(LogStorage);
        silo.AddStateStorageBasedLogConsistencyProvider(StateStorage);
    }
}
