using System.Text.RegularExpressions;

namespace OrleansEs.Specs.Repository;

/// <summary>The files of this repository, as its rules see them.</summary>
internal static partial class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    /// <summary>All C# files that somebody wrote, as paths relative to the root with forward slashes.</summary>
    public static IReadOnlyList<string> CSharp { get; } = All("*.cs");

    /// <summary>The C# files outside the tests.</summary>
    public static IReadOnlyList<string> Product { get; } =
        [.. CSharp.Where(file => !file.StartsWith("tests/", StringComparison.Ordinal))];

    public static IReadOnlyList<string> All(string pattern) =>
        [.. Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !Generated().IsMatch(file))
            .Order(StringComparer.Ordinal)];

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    public static bool IsIn(string file, string room) => file.StartsWith(room + "/", StringComparison.Ordinal);

    /// <summary>The namespaces that a file names in its using lines.</summary>
    public static IEnumerable<string> Usings(string file) =>
        UsingLine().Matches(Read(file)).Select(match => match.Groups["name"].Value);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OrleansEs.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("OrleansEs.sln stands in no folder above the tests.");
    }

    [GeneratedRegex(@"(^|/)(bin|obj|TestResults|artifacts|data|\.git|\.vs)/")]
    private static partial Regex Generated();

    [GeneratedRegex(@"^\s*(?:global )?using (?:static )?(?:\w+ = )?(?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();
}
