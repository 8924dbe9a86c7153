using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.Readme;

/// <summary>What the README shows is compiled, runs, and is shown as it is.</summary>
public sealed partial class ReadmeTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task The_aggregate_and_the_read_model_of_the_README_do_what_it_says()
    {
        using var directory = new TemporaryDirectory();
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            TicketService.Register(silo);
            silo.Services.Configure<EventLogOptions>(log => log.DataPath = directory.File("tickets.db"));
        });
        builder.ConfigureClient(client => client.AddEventLogStreams());
        await using var cluster = builder.Build();
        await cluster.DeployAsync(TestContext.Current.CancellationToken);

        var ticket = cluster.Client.GetGrain<ITicketGrain>("t-1");
        var commandId = Guid.NewGuid();
        var token = await ticket.Do(new TicketCommand(Open: "The printer is on fire"), commandId);
        Assert.Equal(token, await ticket.Do(new TicketCommand(Open: "The printer is on fire"), commandId));

        var reader = cluster.GetSiloServiceProvider().GetRequiredService<IReadModelReader>();
        var answer = await TicketService.CountOpen(reader, token);
        Assert.Equal((1, false), (answer.Value, answer.Stale));

        token = await ticket.Do(new TicketCommand(CloseBy: "carla"), Guid.NewGuid());
        Assert.Equal(0, (await TicketService.CountOpen(reader, token)).Value);

        var place = LogPosition.Parse(token);
        await using (await TicketService.Follow(cluster.Client, place.Partition, directory.Path))
            await Eventually.Holds(
                () => Task.FromResult(File.Exists(directory.File($"checkpoint-{place.Partition}"))), Soon, "the checkpoint is written");
        Assert.Equal(
            [$"{place.Partition}:1 ticket.opened", $"{place.Partition}:2 ticket.closed"],
            await File.ReadAllLinesAsync(directory.File("sent"), TestContext.Current.CancellationToken));
        var page = await TicketService.Pull(cluster.Client, $"{place.Partition}:1");
        Assert.Equal((place, "ticket.closed"), (page.Next, Assert.Single(page.Events).Type));

        var thermometer = cluster.Client.GetGrain<IThermometerGrain>("roof");
        await thermometer.Read(31);
        Assert.Equal(31, await thermometer.Read(18));
    }

    [Fact]
    public void The_code_in_the_README_is_the_code_that_is_tested()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "OrleansEs.sln")))
            root = root.Parent;
        var source = File.ReadAllText(Path.Combine(root.FullName, "tests/Integration/Readme/Tickets.cs"));
        var readme = File.ReadAllText(Path.Combine(root.FullName, "README.md"));
        var shown = Block().Matches(readme).Select(match => match.Groups["code"].Value.Trim()).ToArray();
        var tested = Region().Matches(source).Select(match => Unindented(match.Groups["code"].Value)).ToArray();
        Assert.Equal(tested.Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
    }

    private static string Unindented(string code)
    {
        var lines = code.Trim('\n').TrimEnd().Split('\n');
        var indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length >= indent ? line[indent..] : line)).Trim();
    }

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^ *// <(?<name>[\w-]+)>\n(?<code>.*?)^ *// </\k<name>>", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();
}
