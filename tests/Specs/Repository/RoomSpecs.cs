using System.Text.RegularExpressions;
using static OrleansEs.Specs.Repository.RepositoryFiles;

namespace OrleansEs.Specs.Repository;

/// <summary>Who may reference whom, and what each room may touch.</summary>
public sealed partial class RoomSpecs
{
    private static readonly Dictionary<string, string[]> s_mayReference = new(StringComparer.Ordinal)
    {
        ["EventLog"] = [],
        ["Grains.Interfaces"] = [],
        ["Grains"] = ["EventLog", "Grains.Interfaces"],
        ["Silo"] = ["EventLog", "Grains"],
        ["Client"] = ["Grains.Interfaces", "Silo"],
    };

    [Fact]
    public void A_project_references_only_the_rooms_it_may()
    {
        foreach (var (room, allowed) in s_mayReference)
        {
            var references = ProjectReference().Matches(Read($"{room}/{room}.csproj"))
                .Select(match => match.Groups["name"].Value);
            Assert.All(references, reference => Assert.Contains(reference, allowed));
        }
    }

    [Fact]
    public void The_top_level_holds_the_rooms_and_nothing_else()
    {
        string[] expected =
            ["Client", "EventLog", "Grains", "Grains.Interfaces", "Silo", "docs", "samples", "tests", ".ci"];
        var found = Directory.EnumerateDirectories(Root).Select(folder => Path.GetFileName(folder)!)
            .Where(name => name is not (".git" or "TestResults" or "artifacts" or "data" or ".vs"));
        Assert.All(found, name => Assert.Contains(name, expected));
    }

    [Theory]
    // The files, then the namespaces that they must not use; %drivers and %web stand for what both lists hold.
    [InlineData("EventLog/[A-Z][^/]*\\.cs", "%drivers|%web|Orleans\\.Streams|Orleans\\.EventSourcing")]
    [InlineData("EventLog/Codec/", "%drivers|Orleans\\.Streams|Orleans\\.EventSourcing")]
    [InlineData("EventLog/Sqlite/", "Npgsql|Orleans\\.Streams|Orleans\\.EventSourcing|%log.(Postgres|Consistency|Streaming|Hosting)")]
    [InlineData("EventLog/Postgres/", "Microsoft\\.Data|Orleans\\.(Streams|EventSourcing)|%log.(Sqlite|Consistency|Streaming|Hosting)")]
    [InlineData("EventLog/Consistency/", "%drivers|System\\.Data|%log.(Sqlite|Postgres|Streaming|ReadModels|Hosting)")]
    [InlineData("EventLog/Streaming/", "%drivers|System\\.Data|%log.(Sqlite|Postgres|Consistency|Hosting)")]
    [InlineData("EventLog/ReadModels/", "%drivers|%log.(Sqlite|Postgres|Consistency|Hosting)")]
    [InlineData("Grains.Interfaces/", "%drivers|%web|System\\.Data|OrleansEs\\.(EventLog|Grains|Silo|Client)")]
    [InlineData("Grains/(Accounts|Transfers)/", "%drivers|%web|System\\.Data")]
    [InlineData("Grains/", "%drivers|%web|OrleansEs\\.(Silo|Client)|%log.(Sqlite|Postgres)")]
    [InlineData("Silo/", "%drivers|System\\.Data|%log.(Sqlite|Postgres|Consistency|Streaming|Codec)")]
    [InlineData("Client/", "%drivers|System\\.Data|OrleansEs\\.Grains|%log.(Sqlite|Postgres|Consistency|Streaming|Codec)")]
    public void A_room_touches_only_what_it_may(string files, string forbidden)
    {
        forbidden = forbidden
            .Replace("%drivers", "Microsoft\\.Data|Npgsql", StringComparison.Ordinal)
            .Replace("%web", "Microsoft\\.AspNetCore|System\\.Net", StringComparison.Ordinal)
            .Replace("%log", "OrleansEs\\.EventLog", StringComparison.Ordinal);
        var offences =
            from file in Product
            where Regex.IsMatch(file, $"^{files}")
            from name in Usings(file)
            where Regex.IsMatch(name, $"^({forbidden})")
            select $"{file} uses {name}";
        Assert.Empty(offences);
    }

    [Fact]
    public void Decisions_and_states_are_pure()
    {
        var offences =
            from file in Product
            where file.EndsWith("Decisions.cs", StringComparison.Ordinal) || file.EndsWith("State.cs", StringComparison.Ordinal)
            where IsIn(file, "Grains")
            from word in new[] { "async ", "await ", "TimeProvider", "ILogger", "IGrainFactory", "Random", "Guid.NewGuid" }
            where Read(file).Contains(word, StringComparison.Ordinal)
            select $"{file} holds '{word.Trim()}'";
        Assert.Empty(offences);
    }

    [Fact]
    public void Nothing_derives_from_a_base_class_of_our_own_but_AggregateGrain()
    {
        var offences =
            from file in Product
            from match in AbstractClass().Matches(Read(file))
            where match.Groups["name"].Value != "AggregateGrain"
            select $"{file} declares the abstract class {match.Groups["name"].Value}";
        Assert.Empty(offences);
    }

    [GeneratedRegex(@"ProjectReference Include=""[^""]*?(?<name>[\w.]+)\.csproj""")]
    private static partial Regex ProjectReference();

    [GeneratedRegex(@"^\s*(?:public|internal|private|protected)?\s*abstract (?:partial )?class (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex AbstractClass();
}
