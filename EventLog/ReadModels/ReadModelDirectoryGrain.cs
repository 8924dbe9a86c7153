using Orleans.Concurrency;

namespace OrleansEs.EventLog.ReadModels;

[StatelessWorker]
internal sealed class ReadModelDirectoryGrain(ReadModelRegistry registry, ReadModelStatusReader statuses, ReadModelServices services)
    : Grain, IReadModelDirectoryGrain
{
    public Task<IReadOnlyList<string>> List() => Task.FromResult(registry.Names);

    public Task<ReadModelStatus> Show(string name) => statuses.Read(name, CancellationToken.None);

    public Task<IReadOnlyList<ParkedEvent>> Parked(int countMax) => services.Store.Query(
        connection => ReadModelQuarantineTable.Read(
            connection, Math.Clamp(countMax, 1, OperatorInput.ListMax), CancellationToken.None),
        CancellationToken.None);
}
