using Orleans.Concurrency;

namespace OrleansEs.EventLog.ReadModels;

[StatelessWorker]
internal sealed class ReadModelDirectoryGrain(ReadModelRegistry registry, ReadModelStatusReader statuses)
    : Grain, IReadModelDirectoryGrain
{
    public Task<IReadOnlyList<string>> List() => Task.FromResult(registry.Names);

    public Task<ReadModelStatus> Show(string name) => statuses.Read(name, CancellationToken.None);
}
