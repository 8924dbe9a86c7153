using System.Globalization;

namespace OrleansEs.Benchmarks.Frame;

/// <summary>The memory of a process, as the system counts it.</summary>
internal static class Memory
{
    /// <summary>The most that it ever had.</summary>
    public static double PeakMiB(int process) => Read(process, "VmHWM:");

    /// <summary>What it has now.</summary>
    public static double MiB(int process) => Read(process, "VmRSS:");

    private static double Read(int process, string name)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line[name.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) / 1_024;
    }
}
