using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Providers;
using Orleans.Storage;
using Orleans.Streams.Core;
using OrleansEs.EventLog.Sqlite;
using OrleansEs.EventLog.Streaming;
using OrleansEs.Integration.ReadSide;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.Hosting;

/// <summary>Orleans' grain storage on our SQL, in the log's own database.</summary>
public sealed class OrleansStorageTests
{
    private const string Type = "kept";

    private static readonly GrainId Id = GrainId.Create(Type, "alice");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_write_or_a_clearing_with_an_older_version_is_refused_and_changes_nothing(string database)
    {
        await using var store = database == "sqlite" ? TestStore.OnSqlite() : await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(store);
        var storage = StorageOf(host);
        var state = new GrainState<Kept>(new Kept { Text = "one" });
        await storage.WriteStateAsync(Type, Id, state);
        var stale = new GrainState<Kept>(new Kept { Text = "stale" }, state.ETag);
        state.State = new Kept { Text = "two" };
        await storage.WriteStateAsync(Type, Id, state);

        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync(Type, Id, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync(Type, Id, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() =>
            storage.WriteStateAsync(Type, Id, new GrainState<Kept>(new Kept { Text = "new" })));

        Assert.Equal("two", (await Read(storage)).Text);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_cleared_state_reads_as_nothing_and_can_be_written_again(string database)
    {
        await using var store = database == "sqlite" ? TestStore.OnSqlite() : await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(store);
        var storage = StorageOf(host);
        var state = new GrainState<Kept>(new Kept { Text = "one" });
        await storage.WriteStateAsync(Type, Id, state);
        var late = new GrainState<Kept>(new Kept { Text = "late" }, state.ETag);

        await storage.ClearStateAsync(Type, Id, state);

        Assert.Null((await Read(storage)).Text);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync(Type, Id, late));
        state.State = new Kept { Text = "again" };
        await storage.WriteStateAsync(Type, Id, state);
        Assert.Equal("again", (await Read(storage)).Text);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task An_explicit_subscription_is_a_row_and_survives_a_restart(string database)
    {
        await using var store = database == "sqlite" ? TestStore.OnSqlite() : await TestStore.OnPostgres();
        var stream = EventLogStreams.OfPartition(3);
        Guid subscribed;
        await using (var before = await ReadSideHost.Start(store))
        {
            var consumer = (GrainReference)before.Part(3);
            subscribed = (await Subscriptions(before).AddSubscription(EventLogStreams.ProviderName, stream, consumer))
                .SubscriptionId;
            Assert.Equal(1, await StoredSubscriptions(before, store));
        }

        await using var host = await ReadSideHost.Start(store);

        var found = Assert.Single(await Subscriptions(host).GetSubscriptions(EventLogStreams.ProviderName, stream));
        Assert.Equal((subscribed, ((GrainReference)host.Part(3)).GrainId), (found.SubscriptionId, found.GrainId));
    }

    private static IGrainStorage StorageOf(ReadSideHost host) =>
        host.Services.GetRequiredKeyedService<IGrainStorage>(ProviderConstants.DEFAULT_PUBSUB_PROVIDER_NAME);

    private static IStreamSubscriptionManager Subscriptions(ReadSideHost host) =>
        host.Services.GetRequiredService<IStreamSubscriptionManagerAdmin>()
            .GetStreamSubscriptionManager(StreamSubscriptionManagerType.ExplicitSubscribeOnly);

    private static async Task<Kept> Read(IGrainStorage storage)
    {
        var read = new GrainState<Kept>();
        await storage.ReadStateAsync(Type, Id, read);
        return read.State ?? new Kept();
    }

    private static async Task<long> StoredSubscriptions(ReadSideHost host, TestStore store)
    {
        const string Sql =
            "select count(*) from OrleansStorage where lower(GrainTypeString) like '%pubsub%' and PayloadBinary is not null";
        if (store.ConnectionString is null)
        {
            return await host.Services.GetRequiredService<SqliteReaders>().Read(
                session => (long)session.Statement(Sql).Scalar()!, Cancellation);
        }
        await using var source = NpgsqlDataSource.Create(store.ConnectionString);
        await using var command = source.CreateCommand(Sql);
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    [GenerateSerializer, Alias("test.kept")]
    internal sealed class Kept
    {
        [Id(0)]
        public string? Text { get; set; }
    }
}
