using System.Globalization;

namespace OrleansEs.Benchmarks.Frame;

/// <summary>Seconds of processor time, as the system counts them.</summary>
/// <param name="Client">This process, where the callers are.</param>
/// <param name="Silos">The silos.</param>
/// <param name="Server">The database server with all its processes, those that ended meanwhile included.</param>
internal readonly record struct ProcessorTime(double Client, double Silos, double Server)
{
    // What /proc counts in, on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>What was used up to now.</summary>
    /// <param name="silos">The silos' processes.</param>
    /// <param name="postmaster">The server's first process; null when there is none here.</param>
    public static ProcessorTime Now(IReadOnlyList<int> silos, int? postmaster) => new(
        Own(Environment.ProcessId), silos.Count == 0 ? double.NaN : silos.Sum(Own), postmaster is { } first ? OfServer(first) : double.NaN);

    /// <summary>The parent of a process, if both bear that name; null when it runs on another machine.</summary>
    public static int? ParentOf(int process, string name) =>
        Stat(process) is { } child && child.Name == name && Stat(child.Parent)?.Name == name ? child.Parent : null;

    private static double Own(int process) => Stat(process)?.Own ?? 0;

    // A process that ended is counted with its parent, which waited for it.
    private static double OfServer(int postmaster) =>
        (Stat(postmaster)?.WithEnded ?? 0) + Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? Stat(id) : null)
            .Where(process => process?.Parent == postmaster)
            .Sum(process => process!.Value.Own);

    // See proc(5): the name stands in parentheses and may hold anything; the numbers after it are counted from the third.
    private static (string Name, int Parent, double Own, double WithEnded)? Stat(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            var end = text.LastIndexOf(')');
            var fields = text[(end + 2)..].Split(' ');
            double Ticks(int field) => double.Parse(fields[field - 3], CultureInfo.InvariantCulture) / TicksPerSecond;
            return (text[(text.IndexOf('(', StringComparison.Ordinal) + 1)..end],
                int.Parse(fields[1], CultureInfo.InvariantCulture), Ticks(14) + Ticks(15), Ticks(14) + Ticks(15) + Ticks(16) + Ticks(17));
        }
        catch (IOException)
        {
            // It ended between being listed and being read.
            return null;
        }
    }
}
