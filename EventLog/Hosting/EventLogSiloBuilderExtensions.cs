using Microsoft.Extensions.DependencyInjection;

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

    // What is registered cannot wait for the options to be made.
    private static bool UsesStreams(Action<EventLogOptions> configure)
    {
        var options = new EventLogOptions();
        configure(options);
        return options.UseStreams;
    }
}
