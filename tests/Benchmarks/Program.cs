using System.CommandLine;
using OrleansEs.Benchmarks;
using OrleansEs.Benchmarks.Baselines;
using OrleansEs.Benchmarks.Frame;

// The baselines that are grains run in a process of their own, as our silo does: it is this program once more.
if (args is [BaselineSilo.Verb, ..])
    return await BaselineSilo.Serve(args[1..]);

var reader = new OptionsReader();
reader.Root.SetAction(async (parse, cancellation) =>
{
    var (workload, options) = reader.Read(parse);
    return await Bench.Run(workload, options, cancellation);
});
// Whoever stops a run waits until its silos and its server are gone.
return await reader.Root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(2) });
