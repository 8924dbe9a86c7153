using Orleans.Concurrency;
using OrleansEs.EventLog;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Grains.Queries;

// The log's pull API through the audit's filter. Reentrant, since who waits is parked in it while others are served.
[StatelessWorker, Reentrant, GrainType("ledger-audit-feed")]
internal sealed class AuditFeedGrain : Grain, IAuditFeed
{
    private const int PageSize = 256;

    public async Task<AuditFeedPage> Next(AuditQuery filter, string after, TimeSpan wait, CancellationToken cancellation)
    {
        if (!LogPosition.TryParse(after, out var place))
            throw new InvalidQueryException($"'{LedgerText.Shown(after)}' is no read token; one looks like 3:1204.");
        try
        {
            var page = await GrainFactory.GetGrain<ILogGrain>(0).Read(place, PageSize, wait, cancellation);
            return new AuditFeedPage(
                [.. page.Events.Where(committed => IsLetThrough(committed, filter)).Select(HistoryEntries.Of)],
                page.Next.ToString());
        }
        catch (InvalidLogReadException invalid)
        {
            throw new InvalidQueryException(invalid.Message);
        }
    }

    // The same conditions as in AuditQueries, where the read model's SQL has them.
    internal static bool IsLetThrough(CommittedEvent committed, AuditQuery filter) =>
        (filter.From is not { } from || SqlTypes.Micros(committed.RecordedAt) >= SqlTypes.Micros(from))
        && (filter.To is not { } to || SqlTypes.Micros(committed.RecordedAt) < SqlTypes.Micros(to))
        && (filter.Type is null || committed.Type == filter.Type)
        && (filter.Actor is null || committed.Metadata.Actor == filter.Actor)
        && (filter.CorrelationId is null || SqlTypes.CorrelationId(committed) == filter.CorrelationId)
        && (filter.Journal is null || committed.Journal.Value == filter.Journal);
}
