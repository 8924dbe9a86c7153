using System.Text.RegularExpressions;
using static OrleansEs.Specs.Repository.RepositoryFiles;

namespace OrleansEs.Specs.Repository;

/// <summary>The house style, as far as a machine can hold it.</summary>
public sealed partial class TidySpecs
{
    private const int FileLinesMax = 350;
    private const int LineLengthMax = 140;

    [Fact]
    public void A_file_is_short_enough_to_be_read_in_one_sitting() =>
        Assert.All(CSharp, file => Assert.InRange(Lines(file).Length, 0, FileLinesMax));

    [Fact]
    public void A_line_fits_on_the_screen()
    {
        var offences =
            from file in CSharp
            from line in Lines(file).Index()
            where line.Item.Length > LineLengthMax
            select $"{file}:{line.Index + 1} has {line.Item.Length} characters";
        Assert.Empty(offences);
    }

    [Fact]
    public void Nothing_is_left_for_later()
    {
        string[] words = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "NotImplemented" + "Exception", "#reg" + "ion"];
        var offences =
            from file in CSharp
            from word in words
            where Regex.IsMatch(Read(file), $@"(?<!\w){word}\b")
            select $"{file} holds {word}";
        Assert.Empty(offences);
    }

    [Fact]
    public void A_suppression_stands_beside_its_reason()
    {
        var offences =
            from file in CSharp
            from line in Lines(file).Index()
            where line.Item.TrimStart().StartsWith("#pragma warning disable", StringComparison.Ordinal)
            where !line.Item.Contains("//", StringComparison.Ordinal)
            select $"{file}:{line.Index + 1}";
        Assert.Empty(offences);
    }

    [Fact]
    public void A_test_waits_for_a_fact_and_not_for_the_clock()
    {
        var offences =
            from file in CSharp
            where IsIn(file, "tests")
            from word in new[] { "Task." + "Delay(", "Thread." + "Sleep(" }
            where Read(file).Contains(word, StringComparison.Ordinal)
            where Path.GetFileName(file) != "Eventually.cs"
            select $"{file} holds {word}";
        Assert.Empty(offences);
    }

    [Fact]
    public void No_exception_is_swallowed()
    {
        var offences =
            from file in Product
            where EmptyCatch().IsMatch(Read(file))
            select file;
        Assert.Empty(offences);
    }

    [Fact]
    public void Whatever_crosses_a_wire_has_a_frozen_name_used_once()
    {
        var offences =
            from file in Product
            let text = Read(file)
            where Serializable().Count(text) > AliasedSerializable().Count(text)
            select $"{file} has a serializable type without an alias";
        Assert.Empty(offences);

        var twice = Product.SelectMany(file => Alias().Matches(Read(file)).Select(match => match.Groups["name"].Value))
            .Where(name => name.Contains('.', StringComparison.Ordinal))
            .GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key);
        Assert.Empty(twice);
    }

    [Fact]
    public void Every_file_has_a_use()
    {
        var text = string.Concat(CSharp.Select(Read)) + string.Concat(All("*.csproj").Select(Read));
        var unused = All("*.sql").Where(file => !text.Contains(Path.GetFileName(file), StringComparison.Ordinal));
        Assert.Empty(unused);

        var rooms = All("*.csproj").Select(project => Path.GetDirectoryName(project)!.Replace('\\', '/')).ToArray();
        var outside = CSharp.Where(file => !rooms.Any(room => IsIn(file, room)));
        Assert.Empty(outside);
    }

    [Fact]
    public void A_document_has_one_title_and_its_links_lead_somewhere()
    {
        foreach (var file in All("*.md"))
        {
            var prose = CodeBlock().Replace(Read(file), "");
            Assert.Single(Title().Matches(prose));
            var folder = Path.GetDirectoryName(Path.Combine(Root, file))!;
            var dead = Link().Matches(prose).Select(match => match.Groups["target"].Value)
                .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#'))
                .Select(target => target.Split('#')[0])
                .Where(target => !Path.Exists(Path.Combine(folder, target)));
            Assert.Empty(dead);
        }
    }

    [Fact]
    public void Every_guarantee_names_a_test_that_exists()
    {
        var tests = CSharp.Where(file => IsIn(file, "tests")).ToLookup(file => Path.GetFileName(file).Split('.')[0], Read);
        var missing = TestName().Matches(Read("docs/guarantees.md"))
            .Where(match => !tests[match.Groups["class"].Value]
                .Any(text => text.Contains($" {match.Groups["test"].Value}(", StringComparison.Ordinal)))
            .Select(match => match.Value);
        Assert.Empty(missing);
    }

    [GeneratedRegex(@"`(?<class>\w+(Specs|Tests|Contract|Journeys))\.(?<test>\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*(when\s*\([^{]*\))?\s*\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"^\s*\[GenerateSerializer\b", RegexOptions.Multiline)]
    private static partial Regex Serializable();

    [GeneratedRegex(@"^\s*\[GenerateSerializer[^\]]*Alias\(", RegexOptions.Multiline)]
    private static partial Regex AliasedSerializable();

    [GeneratedRegex(@"Alias\(""(?<name>[^""]+)""\)")]
    private static partial Regex Alias();

    [GeneratedRegex(@"^# .+$", RegexOptions.Multiline)]
    private static partial Regex Title();

    [GeneratedRegex(@"```.*?```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
