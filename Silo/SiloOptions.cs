using System.Net;
using OrleansEs.EventLog.Hosting;

namespace OrleansEs.Silo;

/// <summary>
/// What a silo is told at start. Each setting is taken from the first of these that names it: the command line, an
/// environment variable (<c>ORLEANSES_SILO_PORT</c>), <c>appsettings.json</c> in the current folder, the one beside the
/// program, the default below.
/// </summary>
public sealed record SiloOptions
{
    /// <summary>Which database holds everything.</summary>
    public SiloStore Store { get; init; } = SiloStore.Sqlite;

    /// <summary>Where PostgreSQL is. It may hold a password: it is never printed.</summary>
    public string Connection { get; init; } = "";

    /// <summary>
    /// How long a start waits for a PostgreSQL that does not answer yet: as long as one takes that was started together with
    /// the silo, and no longer, so that a wrong host name is told while somebody is looking.
    /// </summary>
    public TimeSpan DatabaseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The SQLite file that holds everything; relative to the current folder.</summary>
    public string DataPath { get; init; } = Path.Combine("data", "orleanses.db");

    /// <summary>
    /// How many partitions a new log is created with; one that has another number is refused. Null gives a new log 8 and takes an
    /// existing one as it is.
    /// </summary>
    public int? Partitions { get; init; }

    /// <summary>How many batches of appends may be under way at once, each over a connection and for partitions of its own.</summary>
    public int AppendLanes { get; init; } = 1;

    /// <summary>Silos and clients find each other only within one cluster id.</summary>
    public string ClusterId { get; init; } = "orleanses";

    /// <summary>The name of the service; it outlives clusters and is part of stored keys.</summary>
    public string ServiceId { get; init; } = "orleanses";

    /// <summary>The address to listen on. Loopback, since silo traffic is neither encrypted nor authenticated.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port for other silos; 0 takes any free one.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>The port for clients; 0 takes any free one.</summary>
    public int GatewayPort { get; init; } = 30000;

    /// <summary>Where health is served; null serves none.</summary>
    public Uri? Http { get; init; } = new("http://127.0.0.1:8080");

    /// <summary>How long a call between grains may take; commands carry deadlines of their own, which are shorter.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a stop may drain; the process ends within 10 s of the signal whatever happens.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Where the silo fails on purpose; null nowhere. Refused in the environment Production.</summary>
    public string? FailPoints { get; init; }

    /// <summary>True logs what happens; false logs warnings and errors only.</summary>
    public bool Verbose { get; init; }

    /// <summary>What a log may show of these options: no password.</summary>
    public override string ToString() => $"{nameof(SiloOptions)} {{ {AddressText}, store {Store} }}";

    /// <summary>The store as the ready line names it.</summary>
    internal string StoreText => Store == SiloStore.Postgres
        ? $"postgres {PostgresConnection.NameOf(Connection)}"
        : $"sqlite {Path.GetFullPath(DataPath)}";

    /// <summary>Where silos and clients reach it, as the ready line names it.</summary>
    internal string AddressText => $"silo {Address}:{SiloPort} gateway {Address}:{GatewayPort}";
}
