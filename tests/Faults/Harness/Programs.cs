using System.Diagnostics;
using System.Runtime.InteropServices;

namespace OrleansEs.Faults.Harness;

/// <summary>Starts the built programs as people do: each in a process of its own.</summary>
internal static class Programs
{
    public const int SigInt = 2;
    public const int SigTerm = 15;
    public const int SigCont = 18;
    public const int SigStop = 19;

    /// <summary>How to start one of the programs, with its output caught.</summary>
    public static ProcessStartInfo Of(string program, string folder, IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, $"OrleansEs.{program}.dll"));
        foreach (var arg in args)
            start.ArgumentList.Add(arg);
        // Fail points are refused in Production, which is what a process is in when nobody says otherwise.
        if (start.ArgumentList.Contains("--fail-points"))
            start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        return start;
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort() => Integration.Postgres.FreePort.Next();

    /// <summary>Sends a signal to one process.</summary>
    public static void Signal(Process process, int signal) => Assert.Equal(0, Kill(process.Id, signal));

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
