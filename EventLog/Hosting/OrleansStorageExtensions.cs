using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Providers;
using Orleans.Serialization;
using Orleans.Storage;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.EventLog.Sqlite;

namespace OrleansEs.EventLog.Hosting;

// Orleans grain storage in the log's own file, for state that is not event-sourced: what operators decided about read
// models, and explicit stream subscriptions.
internal static class OrleansStorageExtensions
{
    // The name by which Microsoft.Orleans.Persistence.AdoNet knows Microsoft.Data.Sqlite.
    private const string Invariant = "System.Data.SQLite";

    // These writes are few and take their turn beside the log's writer, which may be busy for a while.
    private const int BusyTimeoutSeconds = 30;

    public static ISiloBuilder AddOrleansStorageOnSqlite(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, OrleansStorageInstaller>();
        return silo.AddStorages(Configure);
    }

    // The storages that Orleans and the read models ask for by name, wherever they are kept.
    internal static ISiloBuilder AddStorages(
        this ISiloBuilder silo, Action<Microsoft.Extensions.Options.OptionsBuilder<AdoNetGrainStorageOptions>> configure) => silo
        .AddAdoNetGrainStorage(ProviderConstants.DEFAULT_PUBSUB_PROVIDER_NAME, configure)
        .AddAdoNetGrainStorage(ReadModelControlGrain.StorageName, configure);

    // Orleans' own serializer, since the default one writes names of CLR types into the rows and loads them from there.
    private static void Configure(Microsoft.Extensions.Options.OptionsBuilder<AdoNetGrainStorageOptions> storage) =>
        storage.Configure<SqliteDatabase, Serializer>((options, database, serializer) =>
        {
            options.Invariant = Invariant;
            options.ConnectionString = new SqliteConnectionStringBuilder
            {
                DataSource = database.Path,
                Mode = SqliteOpenMode.ReadWrite,
                DefaultTimeout = BusyTimeoutSeconds,
                Pooling = false,
            }.ToString();
            options.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
        });
}
