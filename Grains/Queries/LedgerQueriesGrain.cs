using Orleans.Concurrency;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Queries;

/// <summary>Answers queries from the read models, each from one moment and with the positions it reflects.</summary>
// Reentrant, since whoever waits for a read token, or for the database, is parked in it while others are served.
[StatelessWorker, Reentrant, GrainType("ledger-queries")]
internal sealed class LedgerQueriesGrain(IReadModelReader readModels, IEventSerializer events, TimeProvider time)
    : Grain, ILedgerQueries
{
    // Orleans gives up a call after 30 s: a wait for read tokens ends before that, and leaves time for the query itself.
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan QueryMax = TimeSpan.FromSeconds(8);

    private const int TokensMax = 1_000;

    /// <inheritdoc/>
    public Task<Answer<Page<AccountView>>> Accounts(AccountsQuery query, Freshness freshness)
    {
        AccountQueries.Check(query);
        return Ask(AccountsProjection.ModelName, freshness, AccountQueries.Page(query));
    }

    /// <inheritdoc/>
    public Task<Answer<TotalsView>> Totals(TotalsQuery query, Freshness freshness)
    {
        MonthTotalsQueries.Check(query);
        return query.By == TotalsBy.Month
            ? Ask(StatementsProjection.ModelName, freshness, MonthTotalsQueries.Read(query))
            : Ask(AccountsProjection.ModelName, freshness, TotalsQueries.Read(query));
    }

    /// <inheritdoc/>
    public async Task<Answer<IReadOnlyList<StatementView>?>> Statement(StatementQuery query, Freshness freshness)
    {
        StatementQueries.Check(query);
        var found = await Ask(StatementsProjection.ModelName, freshness, StatementQueries.Short(events, query));
        return found.Value.IsWhole
            ? new Answer<IReadOnlyList<StatementView>?>(found.Value.Statements, found.Positions, found.Stale, found.Parked)
            : await Ask(StatementsProjection.ModelName, freshness, model => StatementQueries.InSteps(model, events, query));
    }

    /// <inheritdoc/>
    public Task<Answer<Page<TransferView>>> Transfers(TransfersQuery query, Freshness freshness)
    {
        TransferQueries.Check(query);
        // An age at the time of the question, however long it waits for its tokens.
        var changedBefore = query.OlderThan is { } age ? time.GetUtcNow() - age : (DateTimeOffset?)null;
        return Ask(TransfersProjection.ModelName, freshness, TransferQueries.Page(query, changedBefore));
    }

    /// <inheritdoc/>
    public async Task<Answer<Page<HistoryEntry>>> Audit(AuditQuery query, Freshness freshness)
    {
        AuditQueries.Check(query);
        var found = await Ask(AuditProjection.ModelName, freshness, AuditQueries.AtOnce(query));
        return found.Value is { } page
            ? new Answer<Page<HistoryEntry>>(page, found.Positions, found.Stale, found.Parked)
            : await Ask(AuditProjection.ModelName, freshness, model => AuditQueries.Page(model, query));
    }

    private Task<Answer<T>> Ask<T>(string readModel, Freshness freshness, ReadModelQuery<T> query) => Ask(
        freshness, (tokens, wait, cancellation) => readModels.Query(readModel, tokens, wait, query, cancellation));

    private Task<Answer<T>> Ask<T>(string readModel, Freshness freshness, Func<ReadModelRows, Task<T>> query) => Ask(
        freshness, (tokens, wait, cancellation) => readModels.Query(readModel, tokens, wait, query, cancellation));

    private async Task<Answer<T>> Ask<T>(
        Freshness freshness, Func<List<LogPosition>, TimeSpan, CancellationToken, Task<ReadModelAnswer<T>>> query)
    {
        var wait = freshness.Timeout < WaitMax ? freshness.Timeout : WaitMax;
        wait = wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        using var cancellation = new CancellationTokenSource(wait + QueryMax, time);
        try
        {
            var answer = await query(Tokens(freshness), wait, cancellation.Token);
            return new Answer<T>(
                answer.Value, [.. answer.Positions.Select(position => position.ToString())], answer.Stale, answer.Parked);
        }
        catch (ArgumentException wrongToken)
        {
            // Without the name of a parameter, which means nothing to who asks.
            throw new InvalidQueryException(wrongToken.Message.Split(" (Parameter")[0]);
        }
    }

    private static List<LogPosition> Tokens(Freshness freshness)
    {
        if (freshness.AfterTokens.Count > TokensMax)
            throw new InvalidQueryException($"At most {TokensMax} read tokens can be asked for.");
        var places = new List<LogPosition>();
        foreach (var token in freshness.AfterTokens)
        {
            if (!LogPosition.TryParse(token, out var place))
                throw new InvalidQueryException($"'{token}' is no read token; one looks like 3:1204.");
            places.Add(place);
        }
        return places;
    }
}
