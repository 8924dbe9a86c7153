using Orleans.TestingHost;

namespace OrleansEs.Integration.Consistency;

/// <summary>
/// A grain that was written for Orleans' own provider gives the same answers on ours, by the registration alone.
/// </summary>
public sealed class StrangersGrainTests
{
    [Fact]
    public async Task A_plain_journaled_grain_gives_the_same_answers_on_Orleans_own_provider_and_on_the_event_log()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo
            .AddMemoryGrainStorageAsDefault().AddLogStorageBasedLogConsistencyProviderAsDefault());
        await using var orleans = builder.Build();
        await orleans.DeployAsync(TestContext.Current.CancellationToken);
        await using var database = new JournalDatabase();
        var ours = await database.StartCluster();

        var expected = await Story(orleans.Client.GetGrain<INotebookGrain>("diary"));
        var actual = await Story(ours.Client.GetGrain<INotebookGrain>("diary"));

        Assert.Equal(expected, actual);
    }

    private static async Task<IReadOnlyList<string>> Story(INotebookGrain grain)
    {
        var told = new List<string>();
        async Task Tell(string what)
        {
            var (version, lines, title) = (await grain.Version(), await grain.Lines(), await grain.Title());
            told.Add($"{what}: version {version}, title {title}, {string.Join('|', lines)}");
        }

        await Tell("new");
        await grain.Write("one");
        await Tell("written");
        await grain.WriteMany(["two", "three"]);
        await Tell("written many");
        told.Add($"conditional: {await grain.WriteIf("four")} {await grain.WriteManyIf(["five", "six"])}");
        await Tell("written conditionally");
        await grain.Rename("Diary");
        await Tell("renamed");
        told.Add($"later: {string.Join(',', await grain.WriteLater("seven"))}");
        await grain.Confirm();
        await Tell("confirmed");
        told.Add($"conditional and confirmed: {string.Join('|', await grain.WriteIfAndConfirm("seven and a half"))}");
        told.Add($"history: {string.Join(',', await grain.History(1, 5))} / {(await grain.History(0, 9)).Length}");
        await grain.Refresh();
        await Tell("refreshed");
        told.Add($"statistics: {string.Join(',', (await grain.Statistics(["eight", "nine"]))
            .Where(pair => !pair.Key.StartsWith("Confirmed", StringComparison.Ordinal))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal))}");
        await grain.Leave();
        await Tell("activated again");
        await grain.Clear();
        await Tell("cleared");
        told.Add($"history: {(await grain.History(0, 0)).Length}");
        await grain.Write("anew");
        await Tell("written after the clear");
        await grain.Leave();
        await Tell("activated after the clear");
        told.Add($"history: {string.Join(',', await grain.History(0, 1))}");
        return told;
    }
}
