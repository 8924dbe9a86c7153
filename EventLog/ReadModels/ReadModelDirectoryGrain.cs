using Orleans.Concurrency;

namespace OrleansEs.EventLog.ReadModels;

[StatelessWorker]
internal sealed class ReadModelDirectoryGrain(ReadModelRegistry registry) : Grain, IReadModelDirectoryGrain
{
    public Task<IReadOnlyList<string>> List() => Task.FromResult(registry.Names);
}
