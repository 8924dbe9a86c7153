using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using OrleansEs.EventLog.Hosting;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Integration.Hosting;

/// <summary>How a silo joins a cluster of which nobody is left.</summary>
public sealed class JoiningTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silo_that_joins_removes_the_dead_whose_entries_become_stale_only_while_it_waits()
    {
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await using (var database = new OrleansPostgres(connection, OrleansPostgres.Clustering))
            await database.Install("Hosting.OrleansClustering.Postgres.sql", Cancellation);
        using var host = new HostBuilder()
            .UseOrleans(silo => silo.UsePostgresClustering(connection)
                .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("joining", "joining"))
                .ConfigureEndpoints(IPAddress.Loopback, FreePort(), 0))
            .Build();
        var table = host.Services.GetRequiredService<IMembershipTable>();
        await table.InitializeMembershipTableAsync(true, Cancellation);
        // It was killed in the future, so that the joining silo takes it for alive at its first look, however slow it is.
        var killed = DateTime.UtcNow.AddSeconds(10);
        var dead = new MembershipEntry
        {
            SiloAddress = SiloAddress.New(IPAddress.Loopback, FreePort(), 7),
            SiloName = "dead", HostName = "host", Status = SiloStatus.Active, ProxyPort = 0, StartTime = killed, IAmAliveTime = killed,
        };
        Assert.True(await table.InsertRowAsync(dead, (await table.ReadAllAsync(Cancellation)).Version.Next(), Cancellation));

        // Orleans gives up joining after a minute.
        await host.StartAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(45), Cancellation);

        var found = (await table.ReadAllAsync(Cancellation)).TryGet(dead.SiloAddress);
        Assert.Equal(SiloStatus.Dead, found!.Item1.Status);
        await host.StopAsync(Cancellation);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
