using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Npgsql;

namespace OrleansEs.Benchmarks.Frame;

/// <summary>On what was measured.</summary>
internal static class Machine
{
    /// <summary>How busy the machine is: a run beside other work is no result.</summary>
    public static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    /// <summary>Names and values, for people.</summary>
    /// <param name="options">What the run was told.</param>
    /// <param name="databases">Where its data lay.</param>
    /// <param name="loadBefore">How busy the machine was before it.</param>
    public static async Task<IReadOnlyList<(string Name, string Value)>> Describe(
        Options options, Databases databases, string loadBefore)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30);
        return
        [
            ("time", DateTimeOffset.UtcNow.ToString("u", CultureInfo.InvariantCulture)),
            ("version", typeof(Machine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion),
            ("machine", string.Create(CultureInfo.InvariantCulture,
                $"{Environment.ProcessorCount} cores, {memory:0} GiB, {RuntimeInformation.OSDescription}")),
            ("runtime", RuntimeInformation.FrameworkDescription),
            ("load before and after", $"{loadBefore} .. {Load()}"),
            ("store", options.Sqlite ? "SQLite" : await Server(databases)),
            ("rounds", string.Create(CultureInfo.InvariantCulture, $"{options.Rounds} of {options.Duration.TotalSeconds} s")),
        ];
    }

    private static async Task<string> Server(Databases databases)
    {
        await using var source = NpgsqlDataSource.Create(await databases.Admin());
        await using var command = source.CreateCommand(
            """
            select format('PostgreSQL %s, fsync %s, synchronous_commit %s, shared_buffers %s', current_setting('server_version'),
              current_setting('fsync'), current_setting('synchronous_commit'), current_setting('shared_buffers'))
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
