using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Serialization;

namespace OrleansEs.EventLog.Hosting;

/// <summary>Adds the log to a silo.</summary>
public static class EventLogSiloBuilderExtensions
{
    /// <summary>
    /// Adds the log on SQLite: one file, one silo. It becomes the log-consistency provider of the journaled grains that name
    /// none, and of those that name <c>EventLog</c>. With it come the stream provider <c>EventLog</c>, the read-model engine,
    /// and Orleans grain storage in the same file by the names <c>PubSubStore</c> and <c>ReadModels</c>.
    /// </summary>
    /// <remarks>The file is opened when the silo starts; the host's start then throws
    /// <see cref="EventLogStartException"/> when that cannot be done, with the remedy.</remarks>
    public static ISiloBuilder AddSqliteEventLog(this ISiloBuilder silo, Action<EventLogOptions> configure)
    {
        silo.Services.AddOptions<EventLogOptions>().Configure(configure);
        silo.Services.AddSqliteStore().AddLogCore();
        silo.AddEventLogConsistencyProviderAsDefault().AddEventLogConsistencyProvider("EventLog");
        silo.AddOrleansStorageOnSqlite().AddReadModelEngine();
        return UsesStreams(configure) ? silo.AddEventLogStreams() : silo;
    }

    /// <summary>
    /// Adds the log on PostgreSQL, for any number of silos: all that name the same database share one log. It registers what
    /// <see cref="AddSqliteEventLog"/> does. The silos form a cluster by <c>UsePostgresClustering</c>, or by any other clustering.
    /// </summary>
    /// <remarks>The tables are installed when the first silo starts. The host's start waits for a server that is not there yet,
    /// and throws <see cref="EventLogStartException"/> when the database cannot be used, with the remedy.</remarks>
    public static ISiloBuilder AddPostgresEventLog(this ISiloBuilder silo, Action<EventLogOptions> configure)
    {
        silo.Services.AddOptions<EventLogOptions>().Configure(configure);
        silo.Services.AddPostgresStore().AddLogCore();
        silo.Services.Configure<ExceptionSerializationOptions>(PostgresConnection.CarryFailures);
        silo.AddEventLogConsistencyProviderAsDefault().AddEventLogConsistencyProvider("EventLog");
        silo.AddOrleansStorageOnPostgres(static services =>
            services.GetRequiredService<IOptions<EventLogOptions>>().Value.ConnectionString);
        silo.AddReadModelEngine();
        return UsesStreams(configure) ? silo.AddEventLogStreams() : silo;
    }

    // What is registered cannot wait for the options to be made.
    private static bool UsesStreams(Action<EventLogOptions> configure)
    {
        var options = new EventLogOptions();
        configure(options);
        return options.UseStreams;
    }
}
