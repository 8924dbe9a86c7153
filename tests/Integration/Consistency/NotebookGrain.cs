using Orleans.EventSourcing;

namespace OrleansEs.Integration.Consistency;

/// <summary>A journaled grain as a stranger writes one: nothing in it knows of this event log.</summary>
public interface INotebookGrain : IGrainWithStringKey
{
    Task Write(string line);

    Task WriteMany(string[] lines);

    Task<bool> WriteIf(string line);

    Task<bool> WriteManyIf(string[] lines);

    /// <summary>Raises without waiting, and returns (confirmed, tentative, unconfirmed) line counts as of that moment.</summary>
    Task<int[]> WriteLater(string line);

    /// <summary>Raises conditionally, waits by confirming, and returns the lines as of that moment.</summary>
    Task<string[]> WriteIfAndConfirm(string line);

    Task Confirm();

    Task Refresh();

    Task Rename(string title);

    Task<string[]> Lines();

    Task<string?> Title();

    Task<int> Version();

    Task<string[]> History(int from, int to);

    Task Clear();

    /// <summary>How often the state, and the tentative state, was said to have changed.</summary>
    Task<int[]> Changes();

    Task<Dictionary<string, long>> Statistics(string[] lines);

    Task Leave();
}

[GenerateSerializer]
public sealed class Notebook
{
    [Id(0)]
    public List<string> Lines { get; } = [];

    [Id(1)]
    public string? Title { get; set; }

    public void Apply(LineWritten written)
    {
        if (written.Line == "unwritable")
            throw new InvalidOperationException("Nobody can write that.");
        Lines.Add(written.Line);
    }

    public void Apply(Renamed renamed) => Title = renamed.Title;
}

[GenerateSerializer]
public abstract class NotebookEvent
{
}

[GenerateSerializer]
public sealed class LineWritten : NotebookEvent
{
    [Id(0)]
    public string Line { get; set; } = "";
}

[GenerateSerializer]
public sealed class Renamed : NotebookEvent
{
    [Id(0)]
    public string? Title { get; set; }
}

[GrainType("notebook")]
public sealed class NotebookGrain : JournaledGrain<Notebook, NotebookEvent>, INotebookGrain
{
    private int _stateChanges;
    private int _tentativeChanges;

    public async Task Write(string line)
    {
        RaiseEvent(new LineWritten { Line = line });
        await ConfirmEvents();
    }

    public async Task WriteMany(string[] lines)
    {
        RaiseEvents(lines.Select(line => new LineWritten { Line = line }));
        await ConfirmEvents();
    }

    public Task<bool> WriteIf(string line) => RaiseConditionalEvent(new LineWritten { Line = line });

    public Task<bool> WriteManyIf(string[] lines) =>
        RaiseConditionalEvents(lines.Select(line => new LineWritten { Line = line }));

    public Task<int[]> WriteLater(string line)
    {
        RaiseEvent(new LineWritten { Line = line });
        return Task.FromResult(new[] { State.Lines.Count, TentativeState.Lines.Count, UnconfirmedEvents.Count() });
    }

    public async Task<string[]> WriteIfAndConfirm(string line)
    {
        var raised = RaiseConditionalEvent(new LineWritten { Line = line });
        await ConfirmEvents();
        string[] lines = [.. State.Lines];
        await raised;
        return lines;
    }

    public Task Confirm() => ConfirmEvents();

    public Task Refresh() => RefreshNow();

    public async Task Rename(string title)
    {
        RaiseEvent(new Renamed { Title = title });
        await ConfirmEvents();
    }

    public Task<string[]> Lines() => Task.FromResult(State.Lines.ToArray());

    public Task<string?> Title() => Task.FromResult(State.Title);

    public new Task<int> Version() => Task.FromResult(base.Version);

    public async Task<string[]> History(int from, int to)
    {
        var events = await RetrieveConfirmedEvents(from, to);
        return [.. events.Select(e => e is LineWritten written ? written.Line : "renamed")];
    }

    public Task Clear() => ClearLogAsync();

    public Task<int[]> Changes() => Task.FromResult(new[] { _stateChanges, _tentativeChanges });

    public async Task<Dictionary<string, long>> Statistics(string[] lines)
    {
        EnableStatsCollection();
        RaiseEvents(lines.Select(line => new LineWritten { Line = line }));
        await ConfirmEvents();
        await RefreshNow();
        var statistics = GetStats()!;
        DisableStatsCollection();
        var counters = new Dictionary<string, long>(statistics.EventCounters)
        {
            ["latencies"] = statistics.StabilizationLatenciesInMsecs.Count,
        };
        return counters;
    }

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    protected override void OnStateChanged() => _stateChanges++;

    protected override void OnTentativeStateChanged() => _tentativeChanges++;
}
