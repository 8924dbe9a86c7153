using System.CommandLine;

namespace OrleansEs.Benchmarks;

/// <summary>What a run is told.</summary>
internal sealed record Options
{
    /// <summary>How often everything is measured; the medians of the rounds are what counts.</summary>
    public required int Rounds { get; init; }

    /// <summary>How long one measurement takes.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How many callers are at work at once, one measurement each.</summary>
    public required IReadOnlyList<int> Callers { get; init; }

    /// <summary>Commands begun each second, where a workload has a fixed rate.</summary>
    public required int Rate { get; init; }

    /// <summary>Events in the log, where a workload fills one.</summary>
    public required int Events { get; init; }

    /// <summary>Numbers of silos, one measurement each, where a workload varies them.</summary>
    public required IReadOnlyList<int> Silos { get; init; }

    /// <summary>Numbers of partitions, likewise.</summary>
    public required IReadOnlyList<int> Partitions { get; init; }

    /// <summary>Numbers of lanes in which each silo appends, likewise.</summary>
    public required IReadOnlyList<int> Lanes { get; init; }

    /// <summary>True measures once more with the read models paused, where a workload varies silos.</summary>
    public required bool Paused { get; init; }

    /// <summary>True measures on SQLite instead of PostgreSQL.</summary>
    public required bool Sqlite { get; init; }

    /// <summary>A server to use, in whose databases of its own everything happens; null starts a private one.</summary>
    public required string? Postgres { get; init; }

    /// <summary>Where the figures go as JSON; null for nowhere.</summary>
    public required string? Json { get; init; }

    /// <summary>Only those whose name holds this; null for all.</summary>
    public required string? Only { get; init; }
}

/// <summary>The command line.</summary>
internal sealed class OptionsReader
{
    private readonly Argument<string> _workload = new("workload") { Description = Workload.Descriptions };
    private readonly Option<int> _rounds = new("--rounds") { DefaultValueFactory = _ => 3, Description = "How often all is measured." };
    private readonly Option<double> _seconds = new("--seconds") { DefaultValueFactory = _ => 5, Description = "For each measurement." };
    private readonly Option<int[]> _callers = Numbers("--callers", "How many at once, such as 1 64 256.", 1, 64, 256);
    private readonly Option<int> _rate = new("--rate") { DefaultValueFactory = _ => 500, Description = "Commands a second (lag)." };
    private readonly Option<int> _events = new("--events")
    {
        DefaultValueFactory = _ => 1_000_000, Description = "Events in the log (catch-up, import, journals: the longest).",
    };
    private readonly Option<int[]> _silos = Numbers("--silos", "Numbers of silos (silos).", 1, 2, 3);
    private readonly Option<int[]> _partitions = Numbers("--partitions", "Numbers of partitions, such as 4 8 16 (silos).", 8);
    private readonly Option<int[]> _lanes = Numbers("--lanes", "Numbers of lanes of each silo, such as 1 2 (silos).", 1);
    private readonly Option<bool> _paused = new("--paused") { Description = "Once more with the read models paused (silos)." };
    private readonly Option<string> _store = new("--store") { DefaultValueFactory = _ => "postgres", Description = "postgres or sqlite." };
    private readonly Option<string?> _postgres = new("--postgres") { Description = "A server to use instead of a private one." };
    private readonly Option<string?> _json = new("--json") { Description = "A file for the figures." };
    private readonly Option<string?> _only = new("--only") { Description = "Only those whose name holds this." };

    public OptionsReader()
    {
        _workload.AcceptOnlyFromAmong([.. Workload.All.Select(workload => workload.Name)]);
        _store.AcceptOnlyFromAmong("postgres", "sqlite");
        Positive(_rounds, number => number);
        Positive(_seconds, number => number);
        foreach (var list in new[] { _callers, _silos, _partitions, _lanes })
            Positive(list, numbers => numbers.Length == 0 ? 0 : numbers.Min());
        Positive(_rate, number => number);
        Positive(_events, number => number);
        Root = new RootCommand("Measures OrleansEs beside its baselines, in turn and in one run; see docs/performance.md.")
        {
            _workload, _rounds, _seconds, _callers, _rate, _events, _silos, _partitions, _lanes, _paused, _store, _postgres, _json,
            _only,
        };
    }

    /// <summary>The command, for parsing and for help.</summary>
    public RootCommand Root { get; }

    /// <summary>What was asked for.</summary>
    public (Workload Workload, Options Options) Read(ParseResult parse) =>
        (Workload.All.Single(workload => workload.Name == parse.GetRequiredValue(_workload)), new Options
        {
            Rounds = parse.GetValue(_rounds),
            Duration = TimeSpan.FromSeconds(parse.GetValue(_seconds)),
            Callers = parse.GetRequiredValue(_callers),
            Rate = parse.GetValue(_rate),
            Events = parse.GetValue(_events),
            Silos = parse.GetRequiredValue(_silos),
            Partitions = parse.GetRequiredValue(_partitions),
            Lanes = parse.GetRequiredValue(_lanes),
            Paused = parse.GetValue(_paused),
            Sqlite = parse.GetValue(_store) == "sqlite",
            Postgres = parse.GetValue(_postgres),
            Json = parse.GetValue(_json),
            Only = parse.GetValue(_only),
        });

    private static Option<int[]> Numbers(string name, string description, params int[] defaults) => new(name)
    {
        DefaultValueFactory = _ => defaults, AllowMultipleArgumentsPerToken = true, Description = description,
    };

    private static void Positive<T>(Option<T> option, Func<T, double> number) => option.Validators.Add(result =>
    {
        if (result.Errors.Any() || number(result.GetValueOrDefault<T>()!) > 0)
            return;
        result.AddError($"{option.Name} must be greater than 0.");
    });
}
