using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.Consistency;
using OrleansEs.EventLog.Postgres;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.EventLog.Sqlite;

namespace OrleansEs.EventLog.Hosting;

/// <summary>What the log is made of, as services. Each one lives once per silo.</summary>
internal static class EventLogServices
{
    // Within the ten seconds in which a silo has to end, with time left for what ends after it.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The store on SQLite. Opening the file is part of making the first service that needs it.</summary>
    public static IServiceCollection AddSqliteStore(this IServiceCollection services)
    {
        services.AddSingleton(provider =>
        {
            var options = Checked(provider);
            RequireOneLane(options);
            return SqliteDatabase.Open(options.DataPath, options.Partitions);
        });
        services.AddSingleton<SqliteWriter>();
        services.AddSingleton(provider => new SqliteReaders(
            provider.GetRequiredService<SqliteDatabase>(), Checked(provider).ReaderConnections));
        services.AddSingleton<IEventLogStore, SqliteEventLog>();
        services.AddSingleton<ISnapshotStore, SqliteSnapshotStore>();
        services.AddSingleton<IReadModelStore, SqliteReadModelStore>();
        return services;
    }

    /// <summary>The store on PostgreSQL. Opening the database is part of making the first service that needs it.</summary>
    public static IServiceCollection AddPostgresStore(this IServiceCollection services)
    {
        services.AddSingleton(OpenPostgres);
        services.AddSingleton<PostgresBlockages>();
        services.AddSingleton<PostgresCommits>();
        services.AddSingleton<PostgresRowCommits>();
        services.AddSingleton<PostgresAnnouncer>();
        services.AddSingleton<PostgresListener>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PostgresWakeUp>();
        services.AddSingleton<IEventLogStore, PostgresEventLog>();
        services.AddSingleton<ISnapshotStore, PostgresSnapshotStore>();
        services.AddSingleton<IReadModelStore, PostgresReadModelStore>();
        return services;
    }

    /// <summary>What is the same over every store: the way in, the codecs, the start and the stop.</summary>
    public static IServiceCollection AddLogCore(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton(provider => new EventLogMeter(provider.GetRequiredService<IMeterFactory>()));
        services.AddSingleton<IEventLogReader>(provider => provider.GetRequiredService<IEventLogStore>());
        services.AddSingleton(provider =>
            new CommitSignal(provider.GetRequiredService<IEventLogStore>().Identity.Partitions));
        services.AddSingleton(provider => Limits(
            Checked(provider), provider.GetRequiredService<IEventLogStore>().Identity.Partitions));
        services.AddSingleton(provider => new CommandAdmission(Checked(provider).QueueCapacity));
        services.AddSingleton<GroupCommitAppender>();
        services.AddSingleton<IEventLogAppender>(provider => provider.GetRequiredService<GroupCommitAppender>());
        services.AddSingleton<RowWindows>();
        services.AddSingleton<BulkAppender>();
        services.AddSingleton<IEventLogBulkAppender>(provider => provider.GetRequiredService<BulkAppender>());
        services.AddSingleton<EventTypeRegistry>();
        services.AddSingleton<OrleansTypeNames>();
        services.AddSingleton<JsonEventCodec>();
        services.AddSingleton<OrleansEventCodec>();
        services.AddSingleton<StateSerializer>();
        services.AddSingleton<IEventSerializer, EventSerializer>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, EventLogLifetime>();
        return services;
    }

    // Services are made by the host's start, which has no context to come back to, so nobody is blocked but it.
    private static PostgresDatabase OpenPostgres(IServiceProvider provider)
    {
        var options = Checked(provider);
        var start = new PostgresStart(
            options.StartTimeout, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<PostgresDatabase>>());
        var stopping = provider.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        var sizes = new PostgresSizes(options.Partitions, options.AppendLanes, options.ReaderConnections);
        return PostgresDatabase.Open(options.ConnectionString, sizes, start, stopping)
            .GetAwaiter().GetResult();
    }

    private static EventLogOptions Checked(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<EventLogOptions>>().Value;
        return options.Refusal() is { } reason
            ? throw new EventLogStartException($"The settings of the log cannot be used: {reason}", "Correct the setting.")
            : options;
    }

    private static void RequireOneLane(EventLogOptions options)
    {
        if (options.AppendLanes != 1)
            throw new EventLogStartException(
                $"AppendLanes is {options.AppendLanes}, and a SQLite file has one writer.", "Leave it out, or use PostgreSQL.")
            {
                Setting = nameof(EventLogOptions.AppendLanes),
            };
    }

    private static AppendLimits Limits(EventLogOptions options, int partitions) => options.AppendLanes <= partitions
        ? new AppendLimits(
            options.QueueCapacity, options.BatchRequestsMax, options.EventsPerAppendMax, options.PayloadBytesMax, StopTimeout,
            options.AppendLanes)
        : throw new EventLogStartException(
            $"AppendLanes is {options.AppendLanes}, and the log has {partitions} partitions, of which each lane needs one of its own.",
            $"Set it to {partitions} or less.")
        {
            Setting = nameof(EventLogOptions.AppendLanes),
        };
}
