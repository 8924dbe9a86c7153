using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Storage;

namespace OrleansEs.EventLog.Hosting;

// Orleans grain storage in the log's own database, for state that is not event-sourced: what operators decided about read
// models, and explicit stream subscriptions.
internal static class OrleansStoragePostgresExtensions
{
    private const string Invariant = "Npgsql";
    private const string Script = "Hosting.OrleansStorage.Postgres.sql";

    /// <param name="silo">The silo.</param>
    /// <param name="connectionString">Yields the connection string of the log.</param>
    public static ISiloBuilder AddOrleansStorageOnPostgres(
        this ISiloBuilder silo, Func<IServiceProvider, string> connectionString)
    {
        silo.Services.AddKeyedSingleton(
            OrleansPostgres.Storage,
            (services, _) => new OrleansPostgres(connectionString(services), OrleansPostgres.Storage));
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => new OrleansPostgresInstaller(
            services.GetRequiredKeyedService<OrleansPostgres>(OrleansPostgres.Storage), Script));
        return silo.AddStorages(Configure);
    }

    // Orleans' own serializer, for the same reason as on SQLite.
    private static void Configure(Microsoft.Extensions.Options.OptionsBuilder<AdoNetGrainStorageOptions> storage) =>
        storage.Configure<IServiceProvider, Serializer>((options, services, serializer) =>
        {
            options.Invariant = Invariant;
            options.DataSource = services.GetRequiredKeyedService<OrleansPostgres>(OrleansPostgres.Storage).Source;
            options.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
        });
}
