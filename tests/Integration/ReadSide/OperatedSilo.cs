using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansEs.Client;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Postgres;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>
/// A silo in this process that the client's command line reaches over TCP, with two read models that fail when they are told to.
/// </summary>
internal sealed class OperatedSilo : IAsyncDisposable
{
    public const string First = "first-tally";
    public const string Second = "second-tally";

    private static readonly TimeSpan Never = TimeSpan.FromMinutes(30);

    private readonly TestStore _store;
    private readonly IHost _host;
    private readonly int _gateway;

    private OperatedSilo(TestStore store, IHost host, int gateway) => (_store, _host, _gateway) = (store, host, gateway);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Makes the two fail, and holds them.</summary>
    public required TallyFault FirstFault { get; init; }

    /// <inheritdoc cref="FirstFault"/>
    public required TallyFault SecondFault { get; init; }

    public static async Task<OperatedSilo> Start(TallyFault first, TallyFault second)
    {
        var store = TestStore.OnSqlite();
        var (siloPort, gateway) = (FreePort.Next(), FreePort.Next());
        var host = new HostBuilder()
            .UseOrleans(silo =>
            {
                silo.UseLocalhostClustering(siloPort, gateway, serviceId: "orleanses", clusterId: "orleanses");
                store.AddTo(silo);
                silo.Services.AddSingleton<IProjection>(new NamedTally(First, first));
                silo.Services.AddSingleton<IProjection>(new NamedTally(Second, second));
                // Who is tried again is tried because somebody said so.
                silo.Services.Configure<ReadModelOptions>(options =>
                {
                    options.ParkedRetryDelayMin = options.ParkedRetryDelayMax = Never;
                    options.SampleInterval = TimeSpan.Zero;
                });
            })
            .Build();
        await host.StartAsync(Cancellation);
        return new OperatedSilo(store, host, gateway) { FirstFault = first, SecondFault = second };
    }

    public IReadModelControlGrain Control(string readModel) =>
        _host.Services.GetRequiredService<IGrainFactory>().GetGrain<IReadModelControlGrain>(readModel);

    /// <summary>Appends events to a journal, and waits until the read models have gone past them.</summary>
    public async Task Append(string key, params long[] amounts)
    {
        var last = await ReadSideHost.AppendOn(_host.Services, key, amounts);
        var reader = _host.Services.GetRequiredService<IReadModelReader>();
        foreach (var readModel in new[] { First, Second })
            Assert.True(await reader.WaitFor(readModel, [last], ReadSideHost.Long, Cancellation));
    }

    /// <summary>Runs a verb of the client in this process.</summary>
    public async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await ClientApp.Run([.. args, .. Gateway], output, error, Cancellation);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Starts a verb in a process of its own.</summary>
    public Process Begin(params string[] args)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var arg in (string[])[Path.Combine(AppContext.BaseDirectory, "OrleansEs.Client.dll"), .. args, .. Gateway])
            start.ArgumentList.Add(arg);
        return Process.Start(start)!;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)_host).DisposeAsync();
        await _store.DisposeAsync();
    }

    private string[] Gateway =>
        ["--gateway", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_gateway}"), "--timeout", "60s"];

    // The tally under a name of its own.
    private sealed class NamedTally(string name, TallyFault fault) : IProjection
    {
        private readonly TallyProjection _tally = new(fault);

        public string Name => name;

        public int Version => _tally.Version;

        public IReadOnlyCollection<Type> Handles => _tally.Handles;

        public string Schema(SqlDialect dialect) => _tally.Schema(dialect);

        public async ValueTask Apply(IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation)
        {
            await fault.Held.WaitAsync(cancellation);
            await _tally.Apply(events, writes, cancellation);
        }

        public ValueTask Remove(JournalId journal, RowWrites writes, CancellationToken cancellation) =>
            _tally.Remove(journal, writes, cancellation);
    }
}
