using System.Globalization;
using OrleansEs.Client.Json;
using OrleansEs.EventLog;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Client.Cli;

// audit --follow: first what the audit's read model has, then what comes into the log, until a signal.
// Invariants: the first answer's positions are the seam: what it reflects is shown from the read model, and only that, and
//   what follows is read from the log, so nothing is lost or shown twice, however many pages there are and however far the
//   read model lags; a place is left only when its events were shown, so a silo that died costs nothing but time.
internal sealed class AuditFollower(Session session, AuditQuery query)
{
    // A call to a silo that died gets no answer, so none is waited for long, however patient the person is.
    private static readonly TimeSpan s_callMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();

    /// <summary>Follows until the session is cancelled, which is how following ends well.</summary>
    public async Task<int> Run(IReadOnlyList<string> tokens)
    {
        try
        {
            var cluster = await session.Cluster();
            var seam = await ShowHistory(cluster.GetGrain<ILedgerQueries>(0), FreshnessOption.Freshness(session, tokens));
            await FollowAll(cluster.GetGrain<IAuditFeed>(0), seam);
        }
        catch (OperationCanceledException) when (session.Cancellation.IsCancellationRequested)
        {
            // Nothing was asked to be changed, and whatever was shown is true.
        }
        return ExitCodes.Done;
    }

    private async Task<IReadOnlyList<LogPosition>> ShowHistory(ILedgerQueries queries, Freshness freshness)
    {
        LogPosition[]? seam = null;
        for (var page = query; ; freshness = Freshness.Any)
        {
            session.Renew();
            var answer = await session.Ask(queries.Audit(page, freshness));
            if (seam is null)
                FreshnessOption.WarnOfParked(session.Output, answer.Parked, "audit");
            seam ??= [.. answer.Positions.Select(LogPosition.Parse)];
            foreach (var entry in answer.Value.Items.Where(entry => IsBefore(seam, entry)))
                Show(entry);
            if (answer.Value.Cursor is not { } cursor)
                return seam;
            page = page with { After = cursor };
        }
    }

    // A later page may have what came meanwhile; that is shown from the log.
    private static bool IsBefore(LogPosition[] seam, HistoryEntry entry) =>
        LogPosition.Parse(entry.Token) is var at && at.Position <= seam[at.Partition].Position;

    private async Task FollowAll(IAuditFeed feed, IReadOnlyList<LogPosition> seam)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(session.Cancellation);
        var followers = seam.Select(place => Follow(feed, place.ToString(), ended.Token)).ToList();
        var first = await Task.WhenAny(followers);
        await ended.CancelAsync();
        // The first one's end is the reason; the others were cancelled for it.
        await Task.WhenAll(followers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task Follow(IAuditFeed feed, string after, CancellationToken cancellation)
    {
        var call = session.Timeout < s_callMax ? session.Timeout : s_callMax;
        var lastAnswer = session.Time.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                var page = await feed.Next(query, after, call / 2, cancellation).WaitAsync(call, session.Time, cancellation);
                foreach (var entry in page.Entries)
                    Show(entry);
                after = page.Next;
                lastAnswer = session.Time.GetTimestamp();
            }
            catch (Exception error) when (error is OrleansException or TimeoutException or EventLogUnavailableException
                && session.Time.GetElapsedTime(lastAnswer) < session.Timeout + call)
            {
                // A silo that died or a database that is away: the place is kept, and another try may find them back.
                await Task.Delay(s_retryDelay, session.Time, cancellation);
            }
        }
    }

    private void Show(HistoryEntry entry)
    {
        lock (_gate)
        {
            if (session.Output.Json)
            {
                session.Output.Document(Mapping.Of(entry), ClientJson.Plain.EntryJson);
                return;
            }
            var time = entry.RecordedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
            session.Output.Line(
                $"{time}  {entry.Token}  {entry.Journal} v{entry.Version}  {entry.Type}  {entry.Actor}  {entry.Content}");
        }
    }
}
