using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Orleans.Configuration;
using Orleans.Messaging;
using OrleansEs.EventLog.Hosting;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Integration.Hosting;

/// <summary>Orleans' membership on our SQL: the contract of its table.</summary>
public sealed class MembershipTableTests
{
    private const string Cluster = "membership-tests";
    private const string Script = "Hosting.OrleansClustering.Postgres.sql";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sixteen_silos_that_start_at_once_on_an_empty_database_install_one_membership()
    {
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            await Install(connection);
            using var host = Host(connection);
            await Table(host).InitializeMembershipTableAsync(true, Cancellation);
        }));

        await using var source = NpgsqlDataSource.Create(connection);
        Assert.Equal(9L, await Scalar(source, "select count(*) from OrleansQuery"));
        Assert.Equal(1L, await Scalar(source, "select count(*) from OrleansMembershipVersionTable"));
    }

    [Fact]
    public async Task Whoever_has_not_seen_the_newest_membership_changes_nothing()
    {
        using var host = await Installed();
        var table = Table(host);
        var old = (await table.ReadAllAsync(Cancellation)).Version.Next();
        Assert.True(await table.InsertRowAsync(Entry(1), old, Cancellation));

        Assert.False(await table.InsertRowAsync(Entry(2), old, Cancellation));
        var found = await table.ReadAllAsync(Cancellation);
        var etag = Assert.Single(found.Members).Item2;
        Assert.False(await table.UpdateRowAsync(Entry(1, SiloStatus.Dead), etag, old, Cancellation));

        found = await table.ReadAllAsync(Cancellation);
        Assert.Equal(1, found.Version.Version);
        Assert.Equal(SiloStatus.Active, Assert.Single(found.Members).Item1.Status);
    }

    [Fact]
    public async Task What_is_refused_for_another_reason_moves_no_version_either()
    {
        using var host = await Installed();
        var table = Table(host);
        Assert.True(await table.InsertRowAsync(Entry(1), await Next(table), Cancellation));

        Assert.False(await table.InsertRowAsync(Entry(1), await Next(table), Cancellation));
        var etag = Assert.Single((await table.ReadAllAsync(Cancellation)).Members).Item2;
        Assert.False(await table.UpdateRowAsync(Entry(2), etag, await Next(table), Cancellation));

        Assert.Equal(1, (await table.ReadAllAsync(Cancellation)).Version.Version);
    }

    [Fact]
    public async Task Of_many_who_change_the_same_membership_exactly_one_does()
    {
        using var host = await Installed();
        var table = Table(host);
        for (var round = 1; round <= 20; round++)
        {
            var seen = await Next(table);
            var changed = await Task.WhenAll(Enumerable.Range(0, 8).Select(racer =>
                table.InsertRowAsync(Entry(round * 100 + racer), seen, Cancellation)));
            Assert.Single(changed, true);
            Assert.Equal(round, (await table.ReadAllAsync(Cancellation)).Members.Count);
        }
    }

    [Fact]
    public async Task An_entry_is_read_as_it_was_written()
    {
        using var host = await Installed();
        var table = Table(host);
        var entry = Entry(1, SiloStatus.Joining);
        Assert.True(await table.InsertRowAsync(entry, await Next(table), Cancellation));
        entry.Status = SiloStatus.Dead;
        entry.SuspectTimes = [Tuple.Create(Entry(2).SiloAddress, new DateTime(2026, 1, 2, 3, 4, 5, 6, DateTimeKind.Utc))];
        var etag = Assert.Single((await table.ReadAllAsync(Cancellation)).Members).Item2;
        Assert.True(await table.UpdateRowAsync(entry, etag, await Next(table), Cancellation), $"etag '{etag}'");

        var read = Assert.Single((await table.ReadRowAsync(entry.SiloAddress, Cancellation)).Members).Item1;

        Assert.Equal(entry.ToFullString(), read.ToFullString());
        Assert.Equal(entry.SuspectTimes, read.SuspectTimes);
        var absent = await table.ReadRowAsync(Entry(3).SiloAddress, Cancellation);
        Assert.Equal((0, 2), (absent.Members.Count, absent.Version.Version));
    }

    [Fact]
    public async Task A_sign_of_life_moves_the_time_and_no_version()
    {
        using var host = await Installed();
        var table = Table(host);
        await table.InsertRowAsync(Entry(1), await Next(table), Cancellation);
        var later = Entry(1).IAmAliveTime.AddMinutes(1);

        await table.UpdateIAmAliveAsync(
            new MembershipEntry { SiloAddress = Entry(1).SiloAddress, IAmAliveTime = later }, Cancellation);

        var read = await table.ReadAllAsync(Cancellation);
        Assert.Equal((later, 1), (Assert.Single(read.Members).Item1.IAmAliveTime, read.Version.Version));
    }

    [Fact]
    public async Task Only_the_dead_are_swept_away_and_only_when_they_are_old()
    {
        using var host = await Installed();
        var table = Table(host);
        SiloStatus[] all = [SiloStatus.Created, SiloStatus.Joining, SiloStatus.Active, SiloStatus.ShuttingDown, SiloStatus.Stopping];
        foreach (var (status, index) in all.Append(SiloStatus.Dead).Select((status, index) => (status, index)))
            await table.InsertRowAsync(Entry(index, status), await Next(table), Cancellation);
        var young = Entry(9, SiloStatus.Dead);
        young.IAmAliveTime = young.IAmAliveTime.AddHours(1);
        await table.InsertRowAsync(young, await Next(table), Cancellation);

        await table.CleanupDefunctSiloEntriesAsync(Entry(0).IAmAliveTime.AddMinutes(1), Cancellation);

        var left = (await table.ReadAllAsync(Cancellation)).Members.Select(row => row.Item1.Status).Order();
        Assert.Equal(all.Append(SiloStatus.Dead).Order(), left);
    }

    [Fact]
    public async Task Clusters_in_one_database_do_not_see_each_other()
    {
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await Install(connection);
        using var ours = Host(connection);
        using var theirs = Host(connection, "another");
        await Table(ours).InitializeMembershipTableAsync(true, Cancellation);
        await Table(theirs).InitializeMembershipTableAsync(true, Cancellation);
        await Table(ours).InsertRowAsync(Entry(1), await Next(Table(ours)), Cancellation);
        await Table(theirs).DeleteMembershipTableEntriesAsync("another", Cancellation);

        Assert.Single((await Table(ours).ReadAllAsync(Cancellation)).Members);
    }

    [Fact]
    public async Task A_client_finds_the_active_silos_that_take_clients_and_installs_nothing()
    {
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        using var client = new HostBuilder()
            .UseOrleansClient(builder => Identified(builder.UsePostgresClustering(connection)))
            .Build();
        var gateways = client.Services.GetRequiredService<IGatewayListProvider>();
        await Assert.ThrowsAsync<PostgresException>(() => gateways.InitializeGatewayListProviderAsync(Cancellation));
        await using var source = NpgsqlDataSource.Create(connection);
        Assert.Equal(0L, await Scalar(source, "select count(*) from pg_tables where schemaname = 'public'"));

        await Install(connection);
        using var host = Host(connection);
        await Table(host).InitializeMembershipTableAsync(true, Cancellation);
        var without = Entry(3);
        without.ProxyPort = 0;
        foreach (var entry in new[] { Entry(1), Entry(2, SiloStatus.Dead), without })
            await Table(host).InsertRowAsync(entry, await Next(Table(host)), Cancellation);

        await gateways.InitializeGatewayListProviderAsync(Cancellation);
        var found = Assert.Single(await gateways.GetGatewaysAsync(Cancellation));
        Assert.Equal(("127.0.0.1", 30_001), (found.Host, found.Port));
    }

    private static async Task<IHost> Installed()
    {
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        await Install(connection);
        var host = Host(connection);
        await Table(host).InitializeMembershipTableAsync(true, Cancellation);
        return host;
    }

    private static async Task Install(string connection)
    {
        await using var database = new OrleansPostgres(connection, OrleansPostgres.Clustering);
        await database.Install(Script, Cancellation);
    }

    // Never started: only its membership table is asked for.
    private static IHost Host(string connection, string cluster = Cluster) => new HostBuilder()
        .UseOrleans(silo => silo.UsePostgresClustering(connection).Configure<ClusterOptions>(options =>
        {
            options.ClusterId = cluster;
            options.ServiceId = cluster;
        }))
        .Build();

    private static void Identified(IClientBuilder client) => client.Configure<ClusterOptions>(options =>
    {
        options.ClusterId = Cluster;
        options.ServiceId = Cluster;
    });

    private static IMembershipTable Table(IHost host) => host.Services.GetRequiredService<IMembershipTable>();

    private static async Task<TableVersion> Next(IMembershipTable table) =>
        (await table.ReadAllAsync(Cancellation)).Version.Next();

    private static async Task<object?> Scalar(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private static MembershipEntry Entry(int number, SiloStatus status = SiloStatus.Active)
    {
        var start = new DateTime(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);
        return new MembershipEntry
        {
            SiloAddress = SiloAddress.New(IPAddress.Loopback, 10_000 + number, 7),
            SiloName = $"silo-{number}",
            HostName = "host",
            Status = status,
            ProxyPort = 30_000 + number,
            StartTime = start,
            IAmAliveTime = start.AddMilliseconds(123),
        };
    }
}
