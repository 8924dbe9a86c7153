using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Specs.ReadSide;

public sealed class ReadModelReaderSpecs
{
    [Fact]
    public async Task A_live_version_that_nobody_tells_costs_the_asked_time_and_the_highest_is_read()
    {
        var time = new FakeTimeProvider();
        var never = new TaskCompletionSource<int>();
        var asked = new List<string>();
        var grains = Fake.Of<IGrainFactory>((method, arguments) =>
            method.ReturnType == typeof(IReadModelControlGrain) ? Fake.Of<IReadModelControlGrain>((_, _) => never.Task)
            : Fake.Of<IReadModelGrain>((_, _) =>
            {
                asked.Add((string)arguments[0]!);
                return Task.FromResult(9L);
            }));
        var services = new ReadModelServices(
            Fake.Of<IEventLogReader>((_, _) => new LogIdentity(Guid.Empty, 8, 1)), null!, null!,
            Options.Create(new ReadModelOptions()), time);
        var registry = new ReadModelRegistry([Model(1), Model(2)]);
        var reader = new ReadModelReader(registry, services, grains, NullLogger<ReadModelReader>.Instance);

        var waited = reader.WaitFor(
            "texts", [new LogPosition(3, 9)], TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(waited.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await waited.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.Equal([new ReadModelPart("texts", 2, 3).Key], asked);
    }

    private static IProjection Model(int version) => Fake.Of<IProjection>((method, _) =>
        method.Name == "get_Name" ? "texts" : method.Name == "get_Version" ? version : throw new InvalidOperationException());

#pragma warning disable CA1852 // The class that DispatchProxy makes at run time derives from it.
    private class Fake : DispatchProxy
#pragma warning restore CA1852
    {
        private Func<MethodInfo, object?[], object?> _answer = null!;

        public static T Of<T>(Func<MethodInfo, object?[], object?> answer)
            where T : class
        {
            var proxy = Create<T, Fake>();
            ((Fake)(object)proxy)._answer = answer;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer(targetMethod!, args ?? []);
    }
}
