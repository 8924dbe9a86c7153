using Microsoft.Extensions.DependencyInjection;

namespace OrleansEs.EventLog.Hosting;

/// <summary>Adds the log to a silo.</summary>
public static class EventLogSiloBuilderExtensions
{
    /// <summary>
    /// Adds the log on SQLite: one file, one silo.
    /// </summary>
    /// <remarks>The file is opened when the silo starts; the host's start then throws
    /// <see cref="EventLogStartException"/> when that cannot be done, with the remedy.</remarks>
    public static ISiloBuilder AddSqliteEventLog(this ISiloBuilder silo, Action<EventLogOptions> configure)
    {
        silo.Services.AddOptions<EventLogOptions>().Configure(configure);
        silo.Services.AddSqliteStore().AddLogCore();
        return silo;
    }
}
