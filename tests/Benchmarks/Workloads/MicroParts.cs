using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using OrleansEs.Benchmarks.Frame;
using OrleansEs.Benchmarks.Micro;

namespace OrleansEs.Benchmarks.Workloads;

/// <summary>The parts of a command one by one, by BenchmarkDotNet, with what they allocate.</summary>
internal static class MicroParts
{
    public static Task Measure(Bench bench)
    {
        Measure<CommandPath>(bench, "parts of a deposit");
        Measure<ThrottlePath>(bench, "the client's throttle");
        return Task.CompletedTask;
    }

    private static void Measure<TParts>(Bench bench, string what)
    {
        // In this process: a program of its own would be built against packages whose versions stand elsewhere.
        var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
        var summary = BenchmarkRunner.Run<TParts>(
            DefaultConfig.Instance.AddJob(job).WithArtifactsPath(Path.Combine(Path.GetTempPath(), "orleanses-benchmarks")));
        foreach (var part in summary.Reports)
        {
            var name = part.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
            if (part.ResultStatistics is not { } statistics)
                bench.Report.Fail(name, new InvalidOperationException("BenchmarkDotNet measured nothing."));
            else
            {
                bench.Add(
                    1, what, name, new Figure("ns", statistics.Median), new Figure("error ns", statistics.StandardError),
                    new Figure("allocated bytes", part.GcStats.GetBytesAllocatedPerOperation(part.BenchmarkCase) ?? double.NaN));
            }
        }
    }
}
