using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace OrleansEs.Integration.Postgres;

/// <summary>
/// A PostgreSQL for tests: durable as in production (fsync on), on a free port of the loopback, with a password nobody knows.
/// A watchdog stops a server of our own and deletes its folder as soon as the process that started it is gone, however it went.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string NotOurs = "A server that somebody else started is not to be broken.";

    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(30);
    private static readonly Lazy<Task<(PostgresServer? Server, string Reason)>> s_shared = new(StartShared);

    private readonly PostgresInstallation? _installation;
    private readonly string _folder;
    private readonly string _admin;
    private Process? _watchdog;

    private PostgresServer(PostgresInstallation? installation, string folder, string admin) =>
        (_installation, _folder, _admin) = (installation, folder, admin);

    /// <summary>The port it listens on.</summary>
    public int Port => new NpgsqlConnectionStringBuilder(_admin).Port;

    /// <summary>What it wrote into its own log.</summary>
    public string ServerLog => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";

    private string Name => _installation is null ? throw new InvalidOperationException(NotOurs) : Path.GetFileName(_folder);

    private string LogPath => Path.Combine(_folder, "server.log");

    /// <summary>The one server of this test process. A test that cannot have one is skipped; in CI it fails.</summary>
    public static async ValueTask<PostgresServer> Shared()
    {
        var (server, reason) = await s_shared.Value;
        return server ?? Without(reason);
    }

    /// <summary>A server of one test, which may break it.</summary>
    public static async Task<PostgresServer> StartOwn()
    {
        var (installation, reason) = PostgresInstallation.Find();
        return installation is null ? Without(reason) : await Install(installation);
    }

    /// <summary>Makes an empty database, and returns how to connect to it.</summary>
    public async Task<string> CreateDatabase()
    {
        var database = $"orleanses_test_{Environment.ProcessId}_{RandomNumberGenerator.GetHexString(10, lowercase: true)}";
        await Execute($"create database {database}");
        if (_installation is null)
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Drop(database);
        return new NpgsqlConnectionStringBuilder(_admin) { Database = database, Pooling = true, Timeout = 3 }.ConnectionString;
    }

    /// <summary>Runs a statement as the administrator, outside all databases of tests.</summary>
    public async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(_admin);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Ends the postmaster at once, as a power cut would; its children follow it.</summary>
    public async Task Kill()
    {
        KillBackend(Postmaster());
        await Gone();
    }

    /// <summary>Ends one session's process at once. PostgreSQL then ends all others, too, and recovers.</summary>
    public void KillBackend(int backend)
    {
        Assert.Contains(backend, ServerProcesses.Of(Name));
        Assert.True(ServerProcesses.Signal(backend, ServerProcesses.SigKill));
    }

    /// <summary>Stops the server, and its sessions with it, with a checkpoint.</summary>
    public async Task Stop()
    {
        ServerProcesses.Signal(Postmaster(), ServerProcesses.SigInt);
        await Gone();
    }

    /// <summary>Starts it again on its port and its data, and waits until it accepts connections.</summary>
    public async Task Start()
    {
        using var postmaster = Process.Start(Owned().Shell(
            """
            exec "$BIN/postgres" -D "$FOLDER/data" -p "$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
              -c cluster_name="$NAME" -c shared_buffers=64MB -c max_connections=200 -c fsync=on -c synchronous_commit=on \
              -c dynamic_shared_memory_type=mmap -c jit=off -c timezone=UTC -c 'log_line_prefix=%m [%p] %a ' \
              >>"$FOLDER/server.log" 2>&1 </dev/null
            """,
            ("FOLDER", _folder), ("NAME", Name), ("PORT", Port.ToString(CultureInfo.InvariantCulture))))!;
        await Until(() => Accepts(postmaster), s_startTimeout, "accepts connections");
    }

    /// <summary>Freezes every process of the server: connections stay open and nobody answers.</summary>
    public void Pause() => ServerProcesses.Signal(Name, ServerProcesses.SigStop);

    /// <summary>Lets it go on.</summary>
    public void Resume() => ServerProcesses.Signal(Name, ServerProcesses.SigCont);

    /// <summary>Stops a server of our own and deletes its data.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_watchdog is not { } watchdog)
            return;
        _watchdog = null;
        watchdog.StandardInput.Close();
        await watchdog.WaitForExitAsync().WaitAsync(s_stopTimeout);
        watchdog.Dispose();
    }

    /// <summary>The processes and the folder that are still there.</summary>
    public IReadOnlyList<string> Remains() =>
    [
        .. ServerProcesses.Of(Name).Select(process => $"process {process}"),
        .. Directory.Exists(_folder) ? new[] { _folder } : [],
    ];

    private static async Task<(PostgresServer? Server, string Reason)> StartShared()
    {
        if (Environment.GetEnvironmentVariable("ORLEANSES_TEST_POSTGRES") is { Length: > 0 } given)
            return (new PostgresServer(null, "", new NpgsqlConnectionStringBuilder(given) { Pooling = false }.ConnectionString), "");
        var (installation, reason) = PostgresInstallation.Find();
        return installation is null ? (null, reason) : (await Install(installation), "");
    }

    private static PostgresServer Without(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(reason);
        Assert.Skip(reason);
        return null;
    }

    private static async Task<PostgresServer> Install(PostgresInstallation installation)
    {
        var folder = Path.Combine(
            installation.Temp, $"orleanses-pg-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(10, lowercase: true)}");
        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var admin = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = FreePort.Next(), Username = "postgres", Password = password, Database = "postgres",
            Pooling = false, Timeout = 3,
        };
        var server = new PostgresServer(installation, folder, admin.ConnectionString) { _watchdog = Watch(installation, folder) };
        // The cluster is made anew each time, so its making needs no fsync; the server's commits have theirs.
        var initdb = installation.Shell(
            """
            umask 077 && mkdir "$FOLDER" && printf %s "$PASSWORD" >"$FOLDER/password" && exec 2>&1 </dev/null &&
            "$BIN/initdb" -D "$FOLDER/data" -U postgres --pwfile="$FOLDER/password" --auth=scram-sha-256 \
              --encoding=UTF8 --locale=C --no-sync --no-instructions && rm "$FOLDER/password"
            """,
            ("FOLDER", folder), ("PASSWORD", password));
        initdb.RedirectStandardOutput = true;
        using var process = Process.Start(initdb)!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"initdb: {said}");
        await server.Start();
        return server;
    }

    // It holds the reading end of a pipe whose other end closes with this process. Its own command line must not bear the
    // server's name, or it would stop itself. SIGQUIT, so that no shared memory is left behind; SIGKILL for whatever stays.
    private static Process Watch(PostgresInstallation installation, string folder) => Process.Start(installation.Shell(
        """
        exec >/dev/null 2>&1
        trap '' INT TERM HUP
        cat
        each() {
          for process in /proc/[0-9]*; do
            case "$(tr '\0' ' ' <"$process/cmdline")" in *"$NAME"*) kill "$1" "${process#/proc/}" && found=1;; esac
          done
        }
        each -CONT
        each -QUIT
        for try in 1 2 3 4 5 6 7 8 9 10; do
          found= && each -0
          [ -n "$found" ] || break
          sleep 0.2
        done
        each -KILL
        rm -rf "$FOLDER" || { sleep 1; rm -rf "$FOLDER"; }
        """,
        ("FOLDER", folder), ("NAME", Path.GetFileName(folder))))!;

    private int Postmaster()
    {
        var lines = File.ReadLines(Path.Combine(_folder, "data", "postmaster.pid"));
        return int.Parse(lines.First(), CultureInfo.InvariantCulture);
    }

    private PostgresInstallation Owned() => _installation ?? throw new InvalidOperationException(NotOurs);

    private Task Gone() => Until(() => Task.FromResult(ServerProcesses.Of(Name).Count == 0), s_stopTimeout, "has ended");

    private async Task<bool> Accepts(Process postmaster)
    {
        Assert.False(postmaster.HasExited, $"PostgreSQL ended at once: {ServerLog}");
        try
        {
            await Execute("select 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task Until(Func<Task<bool>> condition, TimeSpan timeout, string what)
    {
        var watch = Stopwatch.StartNew();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            Assert.True(watch.Elapsed < timeout, $"After {timeout.TotalSeconds} s still not: PostgreSQL {what}: {ServerLog}");
            await tick.WaitForNextTickAsync();
        }
    }

    private void Drop(string database)
    {
        using var connection = new NpgsqlConnection(_admin);
        connection.Open();
        using var command = new NpgsqlCommand($"drop database if exists {database} with (force)", connection);
        command.ExecuteNonQuery();
    }
}
