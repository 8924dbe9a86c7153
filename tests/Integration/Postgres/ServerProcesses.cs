using System.Globalization;
using System.Runtime.InteropServices;

namespace OrleansEs.Integration.Postgres;

/// <summary>
/// The processes of one server. Each bears the server's name in its command line (the data directory for the postmaster, the
/// cluster name for the others), so that none of another server, and none that reuses a process id, is ever touched.
/// </summary>
internal static class ServerProcesses
{
    public const int SigInt = 2;
    public const int SigQuit = 3;
    public const int SigKill = 9;
    public const int SigTerm = 15;
    public const int SigCont = 18;
    public const int SigStop = 19;

    /// <summary>All that run now.</summary>
    public static IReadOnlyList<int> Of(string server) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && CommandLine(id).Contains(server, StringComparison.Ordinal)),
    ];

    /// <summary>Sends a signal to all of them. One that has ended meanwhile needs none.</summary>
    public static void Signal(string server, int signal)
    {
        foreach (var process in Of(server))
            _ = Kill(process, signal);
    }

    /// <summary>Sends a signal to one process; false when there is no such process.</summary>
    public static bool Signal(int process, int signal) => Kill(process, signal) == 0;

    // A process may end between being listed and being read.
    private static string CommandLine(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
        catch (UnauthorizedAccessException)
        {
            return "";
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
