using System.Runtime.CompilerServices;
using OrleansEs.EventLog;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Client.Books;

/// <summary>
/// All events of the log up to a cut, by recorded time: a page at a time, so that memory does not grow with the log.
/// The cut is what the audit reflected when it was first asked: what is written during the export is not in it, and of what
/// was written before nothing is missing.
/// </summary>
internal sealed class LedgerEvents
{
    private const int PageSize = 1_000;

    private readonly ILedgerQueries _queries;
    private readonly Answer<Page<HistoryEntry>> _first;
    private readonly Dictionary<int, long> _cut;

    private LedgerEvents(ILedgerQueries queries, Answer<Page<HistoryEntry>> first)
    {
        _queries = queries;
        _first = first;
        _cut = first.Positions.Select(LogPosition.Parse).ToDictionary(at => at.Partition, at => at.Position);
    }

    /// <summary>The read tokens of the cut.</summary>
    public IReadOnlyList<string> Cut => _first.Positions;

    /// <summary>True when the audit does not include all that was asked for.</summary>
    public bool IsStale => _first.Stale;

    /// <summary>Asks for the first page, which makes the cut.</summary>
    public static async Task<LedgerEvents> Open(ILedgerQueries queries, Freshness freshness) =>
        new(queries, await queries.Audit(new AuditQuery { Take = PageSize }, freshness));

    /// <summary>Reads them all, once.</summary>
    public async IAsyncEnumerable<HistoryEntry> Read([EnumeratorCancellation] CancellationToken cancellation)
    {
        // Positions have no hole, so that the cut says how many events there are: writers cannot keep this loop going.
        var left = _cut.Values.Sum();
        for (var page = _first.Value; ; page = await Next(page.Cursor!))
        {
            foreach (var entry in page.Items)
            {
                var at = LogPosition.Parse(entry.Token);
                if (at.Position > _cut.GetValueOrDefault(at.Partition))
                    continue;
                yield return entry;
                left--;
            }
            if (left == 0 || page.Cursor is null)
                break;
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private async Task<Page<HistoryEntry>> Next(string cursor) =>
        (await _queries.Audit(new AuditQuery { Take = PageSize, After = cursor }, Freshness.Any)).Value;
}
