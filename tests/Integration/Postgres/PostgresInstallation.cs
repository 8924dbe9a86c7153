using System.Diagnostics;

namespace OrleansEs.Integration.Postgres;

/// <summary>The PostgreSQL that is installed here, and the user who may run it: PostgreSQL refuses to run as root.</summary>
internal sealed record PostgresInstallation(string Binaries, IReadOnlyList<string> AsUser)
{
    private const string Remedy =
        "on Debian: apt-get install postgresql; or set ORLEANSES_TEST_POSTGRES to the connection string of a server";

    /// <summary>Looks for it; where there is none, says how to get one.</summary>
    public static (PostgresInstallation? Found, string Reason) Find()
    {
        if (!OperatingSystem.IsLinux())
            return (null, "The tests start a PostgreSQL of their own on Linux only; set ORLEANSES_TEST_POSTGRES to a connection string");
        var binaries = Candidates().FirstOrDefault(
            folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));
        if (binaries is null)
            return (null, $"PostgreSQL is not installed; {Remedy}");
        if (!Environment.IsPrivilegedProcess)
            return (new PostgresInstallation(binaries, []), "");
        return Unprivileged() is { } user
            ? (new PostgresInstallation(binaries, user), "")
            : (null, "PostgreSQL does not run as root, and neither setpriv nor runuser is here to run it as another user");
    }

    /// <summary>Where folders of servers lie: where that user may make them.</summary>
    public string Temp => AsUser.Count > 0 ? "/tmp" : Path.GetTempPath();

    /// <summary>A shell script, run as that user, in a session of its own so that Ctrl-C does not reach it.</summary>
    public ProcessStartInfo Shell(string script, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("setsid", [.. AsUser, "sh", "-c", script])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            Environment = { ["LC_ALL"] = "C", ["BIN"] = Binaries },
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return start;
    }

    private static IEnumerable<string> Candidates() =>
    [
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        .. Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(version => $"{version}/bin")
            : [],
        "/usr/local/bin",
    ];

    private static string[]? Unprivileged()
    {
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length > 3)
            .ToDictionary(fields => fields[0], fields => (Id: fields[2], Group: fields[3]));
        var name = users.ContainsKey("postgres") ? "postgres" : "nobody";
        if (!users.TryGetValue(name, out var user))
            return null;
        if (IsInstalled("setpriv"))
            return ["setpriv", $"--reuid={user.Id}", $"--regid={user.Group}", "--clear-groups", "--"];
        return IsInstalled("runuser") ? ["runuser", "-u", name, "--"] : null;
    }

    private static bool IsInstalled(string command) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, command)));
}
