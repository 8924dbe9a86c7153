namespace OrleansEs.Benchmarks.Frame;

/// <summary>
/// One run of one workload. Everything is measured in turn, round after round, so that what disturbs the machine meets all
/// alike. A contender that fails once has no figures at all, and the run ends with exit code 1.
/// </summary>
internal sealed class Bench(Options options, Databases databases, Report report, CancellationToken cancellation)
{
    /// <summary>What the run was told.</summary>
    public Options Options => options;

    /// <summary>Where its data lies.</summary>
    public Databases Databases => databases;

    /// <summary>Ends the run early.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Where the figures go.</summary>
    public Report Report => report;

    /// <summary>Runs a workload and says what came out.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> Run(Workload workload, Options options, CancellationToken cancellation)
    {
        var loadBefore = Machine.Load();
        await using var databases = new Databases(options.Postgres);
        var report = new Report(workload.Name);
        try
        {
            await workload.Measure(new Bench(options, databases, report, cancellation));
        }
        catch (NotSupportedException refused)
        {
            Say(refused.Message);
            return 2;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Say("Ended early: no result.");
            return 1;
        }
        report.Describe(await Machine.Describe(options, databases, loadBefore));
        Console.WriteLine(report.ToMarkdown());
        if (options.Json is { } file)
            await File.WriteAllTextAsync(file, report.ToJson(), CancellationToken.None);
        return report.HasFailures ? 1 : 0;
    }

    /// <summary>Measures every contender in each round.</summary>
    /// <param name="contenders">What to do for each, given the round and its name.</param>
    public async Task InTurn(IReadOnlyList<(string Name, Func<int, string, Task> Measure)> contenders)
    {
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var (name, measure) in contenders)
            {
                if (report.HasFailed(name) || !name.Contains(options.Only ?? "", StringComparison.OrdinalIgnoreCase))
                    continue;
                cancellation.ThrowIfCancellationRequested();
                Say($"round {round}: {name}");
                try
                {
                    await measure(round, name);
                }
                catch (Exception error) when (!cancellation.IsCancellationRequested)
                {
                    report.Fail(name, error);
                    Say($"  {name} failed and has no result: {error}");
                }
            }
        }
    }

    /// <summary>Adds the figures of one measurement.</summary>
    public void Add(int round, string setting, string contender, params Figure[] figures)
    {
        report.Add(round, setting, contender, figures);
        Say($"  {setting}: {string.Join(", ", figures.Select(figure => $"{figure.Name} {Report.Text(figure.Value)}"))}");
    }

    /// <summary>Tells whoever watches how far it is.</summary>
    public static void Say(string line) => Console.Error.WriteLine(line);
}
