using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansEs.EventLog;
using OrleansEs.Integration.Stores;
using OrleansEs.Silo;

namespace OrleansEs.Integration.Hosting;

/// <summary>How many partitions a silo's log has: chosen when it is created, and not to be remembered by anybody afterwards.</summary>
public sealed class PartitionsTests
{
    [Theory]
    [InlineData(SiloStore.Sqlite)]
    [InlineData(SiloStore.Postgres)]
    public async Task A_new_log_gets_eight_partitions_where_nobody_asks_for_another_number(SiloStore kind)
    {
        await using var store = await Store(kind);

        Assert.Equal(8, await Start(store, null));
        Assert.Equal(8, await Start(store, 8));
    }

    [Theory]
    [InlineData(SiloStore.Sqlite, 16)]
    [InlineData(SiloStore.Postgres, 1)]
    [InlineData(SiloStore.Postgres, 1_024)]
    public async Task A_log_is_created_with_the_number_that_is_asked_for_and_keeps_it(SiloStore kind, int partitions)
    {
        await using var store = await Store(kind);

        Assert.Equal(partitions, await Start(store, partitions));
        Assert.Equal(partitions, await Start(store, null));
        Assert.Equal(partitions, await Start(store, partitions));
    }

    [Theory]
    [InlineData(SiloStore.Sqlite)]
    [InlineData(SiloStore.Postgres)]
    public async Task Another_number_than_that_of_the_log_is_refused_and_the_option_is_named(SiloStore kind)
    {
        await using var store = await Store(kind);
        await Start(store, 16);

        var refused = await Assert.ThrowsAsync<StartException>(() => Refused(Options(store, 4)));

        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith("bad-setting: --partitions: ", refused.Line, StringComparison.Ordinal);
        Assert.EndsWith(
            "was created with 16 partitions; 4 were asked for; leave it out: the number is fixed when a log is created",
            refused.Line, StringComparison.Ordinal);
        Assert.Equal(16, await Start(store, null));
    }

    [Fact]
    public async Task More_lanes_than_the_log_has_partitions_are_refused_and_the_option_is_named()
    {
        await using var store = await Store(SiloStore.Postgres);

        var refused = await Assert.ThrowsAsync<StartException>(() => Refused(Options(store, 4) with { AppendLanes = 5 }));

        Assert.Equal(2, refused.ExitCode);
        Assert.Equal(
            "bad-setting: --append-lanes: AppendLanes is 5, and the log has 4 partitions, of which each lane needs one of its own; "
            + "set it to 4 or less",
            refused.Line);
    }

    private static async ValueTask<TestStore> Store(SiloStore kind) =>
        kind == SiloStore.Sqlite ? TestStore.OnSqlite() : await TestStore.OnPostgres();

    // A silo opens its log before it starts anything else, which is as far as these go.
    private static async Task<int> Start(TestStore store, int? partitions)
    {
        var host = Open(Options(store, partitions));
        await using var services = (IAsyncDisposable)host;
        return host.Services.GetRequiredService<IEventLogStore>().Identity.Partitions;
    }

    private static Task Refused(SiloOptions options) =>
        SiloHost.Start(Open(options), options, TestContext.Current.CancellationToken);

    private static IHost Open(SiloOptions options)
    {
        var host = SiloHost.Build(options, embedded: true);
        SiloHost.Open(host, options);
        return host;
    }

    private static SiloOptions Options(TestStore store, int? partitions) => SiloHost.WithFreePorts(new SiloOptions
    {
        Store = store.DataPath is null ? SiloStore.Postgres : SiloStore.Sqlite,
        DataPath = store.DataPath ?? "",
        Connection = store.ConnectionString ?? "",
        Partitions = partitions,
        SiloPort = 0,
        GatewayPort = 0,
        Http = null,
    });
}
