using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using OrleansEs.EventLog;
using OrleansEs.Faults.Harness;
using OrleansEs.Integration.Postgres;
using OrleansEs.Silo;

namespace OrleansEs.Faults.Postgres;

/// <summary>A bulk whose connection fails: its outcome is unknown only when it may be either, and its command ids tell.</summary>
[Collection(ClusterCollection.Name)]
public sealed class BulkTests : IAsyncLifetime
{
    private string _connection = null!;
    private TcpProxy _proxy = null!;
    private IHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IEventLogStore Log => _host.Services.GetRequiredService<IEventLogStore>();

    public async ValueTask InitializeAsync()
    {
        _connection = await (await PostgresServer.Shared()).CreateDatabase();
        _proxy = TcpProxy.Before(_connection);
        _host = SiloHost.Build(
            SiloHost.WithFreePorts(new SiloOptions
            {
                Store = SiloStore.Postgres, Connection = _proxy.ConnectionString, SiloPort = 0, GatewayPort = 0, Http = null,
            }),
            embedded: true);
        Assert.IsType<BulkAppendResult.Appended>(await Log.AppendBulk(Requests("first"), Cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        _host.Dispose();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task A_bulk_that_is_cut_after_its_commit_is_unknown_and_is_whole_in_the_log()
    {
        var requests = Requests("cut");
        _proxy.Cut(new CutPlan(CutPoint.AfterCommit, 1, 1, cutsMax: 1));

        Assert.IsType<BulkAppendResult.Unknown>(await Log.AppendBulk(requests, Cancellation));

        Assert.Equal(2 * requests.Length, (await Log.ReadHeads(Cancellation)).Sum());
        var again = Assert.IsType<BulkAppendResult.Refused>(await Log.AppendBulk(requests, Cancellation));
        Assert.Equal(requests.Length, again.Reasons.Values.OfType<AppendResult.Duplicate>().Count());
    }

    [Fact]
    public async Task A_bulk_that_is_cut_before_its_commit_arrives_is_unknown_and_nothing_of_it_is_in_the_log()
    {
        var requests = Requests("cut");
        _proxy.Cut(new CutPlan(CutPoint.BeforeForwarding, 1, 1, cutsMax: 1));

        Assert.IsType<BulkAppendResult.Unknown>(await Log.AppendBulk(requests, Cancellation));

        Assert.Equal(requests.Length, (await Log.ReadHeads(Cancellation)).Sum());
        Assert.IsType<BulkAppendResult.Appended>(await Log.AppendBulk(requests, Cancellation));
    }

    [Fact]
    public async Task A_bulk_whose_server_says_nothing_any_more_ends_by_itself_and_is_certainly_not_written()
    {
        var requests = Requests("hung");
        _proxy.Hang();
        var watch = Stopwatch.StartNew();

        var result = await Log.AppendBulk(requests, Cancellation);

        Assert.Equal(NotAcceptedReason.StorageFailed, Assert.IsType<BulkAppendResult.NotAccepted>(result).Reason);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(16));
        _proxy.Resume();
        _proxy.Drop();
        Assert.Equal(requests.Length, (await Log.ReadHeads(Cancellation)).Sum());
    }

    [Fact]
    public async Task A_bulk_whose_server_falls_silent_while_it_copies_ends_by_itself_and_is_certainly_not_written()
    {
        await using var past = new NpgsqlConnection(_connection + ";Pooling=false");
        await past.OpenAsync(Cancellation);
        await Ask(past,
            "begin; insert into log_event (partition, position, journal, version, command_id, command_index, type, type_version, format, "
            + "payload, recorded_at) values (7, 1000, 'test/hung-0', 1, gen_random_uuid(), 0, 't', 1, 'json', '1', 1)");

        var bulk = Log.AppendBulk(Requests("hung"), Cancellation);
        await using var watch = new NpgsqlConnection(_connection + ";Pooling=false");
        await watch.OpenAsync(Cancellation);
        await Eventually.Holds(
            async () => await Ask(
                watch, "select count(*) > 0 from pg_stat_activity where query like 'copy log_event%' and wait_event_type = 'Lock'") is true,
            TimeSpan.FromSeconds(2), "the copy waits in the server");
        _proxy.Hang();

        Assert.Equal(NotAcceptedReason.StorageFailed, Assert.IsType<BulkAppendResult.NotAccepted>(
            await bulk.WaitAsync(TimeSpan.FromSeconds(16), Cancellation)).Reason);
        _proxy.Resume();
        _proxy.Drop();
        await Ask(past, "rollback");
        Assert.IsType<BulkAppendResult.Appended>(await Log.AppendBulk(Requests("hung"), Cancellation));
    }

    private static async Task<object?> Ask(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private static AppendRequest[] Requests(string name) =>
    [
        .. Enumerable.Range(0, 500).Select(number => new AppendRequest(
            JournalId.Of("test", $"{name}-{number}"), 0, Guid.NewGuid(),
            [new ProposedEvent("test.happened", 1, "json", "{}"u8.ToArray(), EventMetadata.None)])),
    ];
}
