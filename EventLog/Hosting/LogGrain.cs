using Orleans.Concurrency;

namespace OrleansEs.EventLog.Hosting;

/// <summary>Answers from the silo's own reader of the log.</summary>
[StatelessWorker]
internal sealed class LogGrain(IEventLogReader log) : Grain, ILogGrain
{
    public async Task<LogStats> Stats() =>
        new(log.Identity.LogId, log.Identity.Schema, await log.ReadHeads(CancellationToken.None));
}
