using System.Globalization;

namespace OrleansEs.Integration.Postgres;

/// <summary>
/// How much of a fault a test injects: a little by default, and much with <c>ORLEANSES_FAULTS=long</c>. Figures go to the test's
/// output; those of a long run also into <c>TestResults/reliability.md</c>, a row each, for docs/reliability.md.
/// </summary>
internal static class FaultRun
{
    /// <summary>Whether this is the long run.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("ORLEANSES_FAULTS") == "long";

    /// <summary>The size for this run.</summary>
    public static int Size(int daily, int inLongRun) => IsLong ? inLongRun : daily;

    /// <summary>
    /// A seed: the one in <c>ORLEANSES_FAULTS_SEED</c>, which repeats an earlier run's choices, else a new one. It is printed.
    /// </summary>
    public static int Seed()
    {
        var seed = int.TryParse(
            Environment.GetEnvironmentVariable("ORLEANSES_FAULTS_SEED"), CultureInfo.InvariantCulture, out var given)
            ? given
            : Environment.TickCount & int.MaxValue;
        Say($"seed {seed}");
        return seed;
    }

    /// <summary>Writes what was found.</summary>
    /// <param name="fault">Its number and name.</param>
    /// <param name="figures">What was injected, and what came of it.</param>
    /// <param name="seed">What repeats it.</param>
    public static void Report(string fault, string figures, int seed)
    {
        var row = string.Create(CultureInfo.InvariantCulture, $"| {fault} | {figures} | {seed} |");
        Say(row);
        if (!IsLong || Root() is not { } root)
            return;
        var results = Directory.CreateDirectory(Path.Combine(root, "TestResults"));
        File.AppendAllText(Path.Combine(results.FullName, "reliability.md"), row + "\n");
    }

    private static void Say(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);

    private static string? Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OrleansEs.sln")))
            folder = folder.Parent;
        return folder?.FullName;
    }
}
