using System.CommandLine;
using System.Globalization;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;

namespace OrleansEs.Silo;

/// <summary>
/// Reads the options from the command line, the environment and the settings file, and refuses what it does not understand.
/// </summary>
internal sealed class SiloCommandLine
{
    // The name under which .NET applications keep it: ConnectionStrings:EventLog, ConnectionStrings__EventLog.
    private const string ConnectionName = "EventLog";

    private readonly Option<string> _store = new("--store")
    {
        Description = "sqlite, or postgres for several silos [sqlite].",
        HelpName = "name",
    };
    private readonly Option<string> _data = new("--data")
    {
        Description = "The SQLite file; made when it is not there [data/orleanses.db].",
        HelpName = "file",
    };
    private readonly Option<string> _connection = new("--connection")
    {
        Description = "Where PostgreSQL is: Host=…;Database=…;Username=…;Password=….",
        HelpName = "string",
    };
    private readonly Option<string> _databaseTimeout = new("--database-timeout")
    {
        Description = "How long a start waits for a PostgreSQL that does not answer yet [30].",
        HelpName = "seconds",
    };
    private readonly Option<string> _partitions = new("--partitions")
    {
        Description = "Partitions of a new log, fixed for ever then: 1 to 1024 [8; an existing log keeps its own].",
        HelpName = "number",
    };
    private readonly Option<string> _appendLanes = new("--append-lanes")
    {
        Description = "On PostgreSQL, batches of appends under way at once: 1 to the number of partitions, 64 at most [1].",
        HelpName = "number",
    };
    private readonly Option<string> _clusterId = new("--cluster-id") { Description = "[orleanses]", HelpName = "name" };
    private readonly Option<string> _serviceId = new("--service-id") { Description = "[orleanses]", HelpName = "name" };
    private readonly Option<string> _siloPort = new("--silo-port")
    {
        Description = "For other silos; 0 = any free one [11111].",
        HelpName = "port",
    };
    private readonly Option<string> _gatewayPort = new("--gateway-port")
    {
        Description = "For clients; 0 = any free one [30000].",
        HelpName = "port",
    };
    private readonly Option<string> _http = new("--http")
    {
        Description = "Where /health/live and /health/ready are served; none = nowhere [http://127.0.0.1:8080].",
        HelpName = "url",
    };
    private readonly Option<string> _failPoints = new("--fail-points")
    {
        Description = "For crash tests: fails on purpose, such as append.after-commit=kill@50.",
        HelpName = "plan",
        Hidden = true,
    };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Log what happens, not only what goes wrong." };

    public SiloCommandLine() =>
        Root = new RootCommand(
            "Hosts the ledger. Every option is also read from ORLEANSES_… variables (ORLEANSES_SILO_PORT) and from "
            + "appsettings.json (siloPort); the command line wins over variables, and those over the file.")
        {
            _store, _data, _connection, _databaseTimeout, _partitions, _appendLanes, _clusterId, _serviceId, _siloPort,
            _gatewayPort, _http, _failPoints, _verbose,
        };

    /// <summary>The command, for parsing and for help.</summary>
    public RootCommand Root { get; }

    /// <summary>The options; what the command line does not name comes from the configuration, else from the defaults.</summary>
    /// <exception cref="StartException">A value is wrong; the message names it.</exception>
    public SiloOptions Read(ParseResult parse, IConfiguration configuration)
    {
        if (parse.Errors.Count > 0)
            throw new StartException(2, "bad-usage", parse.Errors[0].Message, "--help lists the options");
        string? Setting(Option<string> option) => parse.GetValue(option) ?? Configured(configuration, option.Name);
        var defaults = new SiloOptions();
        var connection = Setting(_connection) ?? configuration.GetConnectionString(ConnectionName);
        var store = Store(Setting(_store) ?? "sqlite", connection, Setting(_data));
        return new SiloOptions
        {
            Store = store,
            Connection = connection ?? "",
            DatabaseTimeout = Seconds(_databaseTimeout.Name, Setting(_databaseTimeout)) ?? defaults.DatabaseTimeout,
            DataPath = NotEmpty(_data.Name, Setting(_data)) ?? defaults.DataPath,
            Partitions = Number(_partitions.Name, Setting(_partitions), "number of partitions", EventLogOptions.PartitionsMax),
            AppendLanes = Lanes(store, Setting(_appendLanes)) ?? defaults.AppendLanes,
            ClusterId = NotEmpty(_clusterId.Name, Setting(_clusterId)) ?? defaults.ClusterId,
            ServiceId = NotEmpty(_serviceId.Name, Setting(_serviceId)) ?? defaults.ServiceId,
            SiloPort = Port(_siloPort.Name, Setting(_siloPort)) ?? defaults.SiloPort,
            GatewayPort = Port(_gatewayPort.Name, Setting(_gatewayPort)) ?? defaults.GatewayPort,
            Http = Setting(_http) is { } http ? Url(http) : defaults.Http,
            FailPoints = NotEmpty(_failPoints.Name, Setting(_failPoints)),
            Verbose = parse.GetValue(_verbose) || Flag(_verbose.Name, Configured(configuration, _verbose.Name)),
        };
    }

    /// <summary>Reads the settings file and the environment, later ones first.</summary>
    /// <exception cref="StartException">The settings file is no JSON.</exception>
    public static IConfiguration Configuration()
    {
        try
        {
            return new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
                .AddJsonFile(Path.Combine(Directory.GetCurrentDirectory(), "appsettings.json"), optional: true)
                .AddInMemoryCollection(ConnectionVariable())
                .AddEnvironmentVariables("ORLEANSES_")
                .Build();
        }
        catch (InvalidDataException error)
        {
            throw new StartException(
                2, "bad-settings", $"{error.Message} {error.InnerException?.Message}".Trim(), "correct the JSON of that file");
        }
    }

    // No other variable without our prefix is ours to read.
    private static Dictionary<string, string?> ConnectionVariable() =>
        Environment.GetEnvironmentVariable($"ConnectionStrings__{ConnectionName}") is { } connection
            ? new() { [$"ConnectionStrings:{ConnectionName}"] = connection }
            : [];

    // ORLEANSES_SILO_PORT, "siloPort" and --silo-port are one name written in three customs.
    private static string? Configured(IConfiguration configuration, string option) =>
        configuration.GetChildren().LastOrDefault(section => Plain(section.Key) == Plain(option))?.Value;

    private static string Plain(string name) =>
        name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    private static SiloStore Store(string name, string? connection, string? data)
    {
        switch (name)
        {
            case "sqlite" when connection is not null:
                throw new StartException(
                    2, "bad-setting", "--connection is for --store postgres", "add --store postgres, or leave --connection out");
            case "sqlite":
                return SiloStore.Sqlite;
            case "postgres" when data is not null:
                throw new StartException(
                    2, "bad-setting", "--data is for --store sqlite", "leave it out: PostgreSQL is where --connection says");
            case "postgres":
                RequireReadable(connection);
                return SiloStore.Postgres;
            default:
                throw new StartException(2, "bad-setting", $"--store '{name}' is unknown", "give sqlite or postgres");
        }
    }

    private static void RequireReadable(string? connection)
    {
        if (string.IsNullOrWhiteSpace(connection))
        {
            throw new StartException(
                2, "bad-setting", "--store postgres needs --connection",
                "add --connection \"Host=localhost;Database=ledger;Username=ledger;Password=…\"");
        }
        try
        {
            PostgresConnection.NameOf(connection);
        }
        catch (EventLogStartException error)
        {
            throw new StartException(2, "bad-setting", $"--connection: {error.Problem}", error.Remedy);
        }
    }

    private static TimeSpan? Seconds(string option, string? text) =>
        text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 3_600
            ? TimeSpan.FromSeconds(seconds)
        : throw new StartException(
            2, "bad-setting", $"{option} '{text}' is no number of seconds", "give a whole number from 0 to 3600");

    private int? Lanes(SiloStore store, string? text) =>
        Number(_appendLanes.Name, text, "number of lanes", EventLogOptions.AppendLanesMax) is var lanes
        && (lanes ?? 1) > 1 && store == SiloStore.Sqlite
            ? throw new StartException(
                2, "bad-setting", $"{_appendLanes.Name} {lanes} is for --store postgres: a SQLite file has one writer",
                "leave it out, or add --store postgres")
            : lanes;

    private static int? Number(string option, string? text, string what, int max) =>
        text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= max ? number
        : throw new StartException(2, "bad-setting", $"{option} '{text}' is no {what}", $"give a whole number from 1 to {max}");

    private static string? NotEmpty(string option, string? text) =>
        text is null || text.Trim().Length > 0
            ? text
            : throw new StartException(2, "bad-setting", $"{option} is empty", "give it a value or leave it out");

    private static int? Port(string option, string? text) =>
        text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535 ? port
        : throw new StartException(2, "bad-setting", $"{option} '{text}' is no port", "give a number from 0 to 65535");

    private static bool Flag(string option, string? text) =>
        text?.ToUpperInvariant() switch
        {
            null or "FALSE" or "0" => false,
            "TRUE" or "1" => true,
            _ => throw new StartException(2, "bad-setting", $"{option} '{text}' is neither true nor false", "give one of them"),
        };

    private static Uri? Url(string text)
    {
        if (text == "none")
            return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp && url.AbsolutePath == "/"
            ? url
            : throw new StartException(
                2, "bad-setting", $"--http '{text}' is no address", "give one like http://127.0.0.1:8080, or none");
    }
}
