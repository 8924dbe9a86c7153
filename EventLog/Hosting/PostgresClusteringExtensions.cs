using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Serialization;

namespace OrleansEs.EventLog.Hosting;

/// <summary>Clusters of silos that find each other through PostgreSQL.</summary>
public static class PostgresClusteringExtensions
{
    private const string Invariant = "Npgsql";
    private const string Script = "Hosting.OrleansClustering.Postgres.sql";

    // A client whose silo died goes on with another one at once, and finds one that came back after this.
    private static readonly TimeSpan s_gatewayRefreshPeriod = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Silos with the same connection string and cluster id form a cluster. The tables are installed at start, safely with
    /// many silos at once. A silo that is killed is out within about 5 s (see <see cref="ClusterMembershipOptions"/>, which
    /// this sets, and which may be configured after it).
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="connectionString">Where the database is; it may be that of the log. Absent timeouts are completed.</param>
    /// <exception cref="EventLogStartException">It is no connection string; the message names what is wrong.</exception>
    public static ISiloBuilder UsePostgresClustering(this ISiloBuilder silo, string connectionString)
    {
        PostgresConnection.NameOf(connectionString);
        silo.Services.AddPool(connectionString);
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => new OrleansPostgresInstaller(
            services.GetRequiredKeyedService<OrleansPostgres>(OrleansPostgres.Clustering), Script));
        silo.Configure<ClusterMembershipOptions>(FailureDetection.Configure);
        return silo.UseAdoNetClustering(options => options.Configure<IServiceProvider>((clustering, services) =>
        {
            clustering.Invariant = Invariant;
            clustering.DataSource = services.GetRequiredKeyedService<OrleansPostgres>(OrleansPostgres.Clustering).Source;
        }));
    }

    /// <summary>
    /// The client finds the silos of its cluster id through their database, and goes on with others when one dies. It
    /// installs nothing: silos do.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <param name="connectionString">The silos' own; it needs no more than the right to read.</param>
    /// <exception cref="EventLogStartException">It is no connection string; the message names what is wrong.</exception>
    public static IClientBuilder UsePostgresClustering(this IClientBuilder client, string connectionString)
    {
        PostgresConnection.NameOf(connectionString);
        client.Services.AddPool(connectionString);
        client.Configure<ExceptionSerializationOptions>(PostgresConnection.CarryFailures);
        client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = s_gatewayRefreshPeriod);
        return client.UseAdoNetClustering(options => options.Configure<IServiceProvider>((clustering, services) =>
        {
            clustering.Invariant = Invariant;
            clustering.DataSource = services.GetRequiredKeyedService<OrleansPostgres>(OrleansPostgres.Clustering).Source;
        }));
    }

    private static void AddPool(this IServiceCollection services, string connectionString) =>
        services.AddKeyedSingleton(
            OrleansPostgres.Clustering, (_, _) => new OrleansPostgres(connectionString, OrleansPostgres.Clustering));
}
