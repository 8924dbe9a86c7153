using System.Data.Common;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Grains.Queries;

// Statements: the sum of what was before, the lines, and what they add up to.
// Invariant: an account that is there has a statement of each asset that it ever had a line in, or of the one that is asked for.
internal static class StatementQueries
{
    // More lines than a person reads or a message should carry; whoever needs all reads the history in pages.
    private const int LinesMax = 50_000;

    // So many lines come with their events in one statement. Of a longer statement the events are read so many at once: it needs some
    // time, and no single question of it much.
    private const int PageSize = 1_000;

    private const string SelectAccount = "select partition\nfrom {account}";

    private const string SelectLines = """
        select effective_date, position, amount
        from {line}
        """;

    private const string SelectWithEventsSqlite = """
        select {$event}, asset, effective_date, amount
        from {line} l
        left join {$log} e on e.partition = (select partition from {account} where account_id = @id) and e.position = l.position
        """;

    // A look-up for each line, however large the log was when the plan was made.
    private const string SelectWithEventsPostgres = """
        select {$event}, asset, effective_date, amount
        from {line} l
        left join lateral (
          select *
          from {$log} one
          where one.partition = (select partition from {account} where account_id = @id) and one.position = l.position
          limit 1) e on true
        """;

    private const string TailWithEvents = "order by asset, effective_date, l.position\nlimit @count";

    private static readonly string SelectOpening = $"select {WideSum.Columns("amount")}\nfrom {{line}}";

    // Those of a statement that begins at the beginning need no sums.
    private const string SelectAssets = "select asset, 0, 0\nfrom {line}";

    private static readonly string SelectAssetsWithOpenings =
        $"select asset, {WideSum.Columns("amount", "effective_date < @from")}\nfrom {{line}}";

    public static void Check(StatementQuery query)
    {
        if (!LedgerId.TryParse(query.AccountId, out var reason))
            throw new InvalidQueryException(reason);
        if (query.Asset is { IsValid: false })
            throw new InvalidQueryException("The asset is not of its form; one looks like EUR or VBMPX/3.");
        if (query.From > query.To)
            throw new InvalidQueryException($"The first day {query.From:O} is after the last day {query.To:O}.");
    }

    /// <summary>
    /// All of it at once, unless it is long, or a line is of an event that is not there: <see cref="InSteps"/> says of which.
    /// </summary>
    public static ReadModelQuery<ShortStatements> Short(IEventSerializer events, StatementQuery query)
    {
        var text = new QueryText().Where("account_id = @id", "@id", query.AccountId).Add(SelectAccount, "");
        if (query.Asset is null)
            text.Add(query.From is null ? SelectAssets : SelectAssetsWithOpenings, "group by asset\norder by asset");
        else
            text.Where("asset = @asset", "@asset", AssetJsonConverter.Stored(query.Asset.Value));
        if (query is { Asset: not null, From: not null })
            text.Add(SelectOpening, "  and effective_date < @from");
        return Days(text, query)
            .Bind("@count", PageSize + 1)
            .Add((SelectWithEventsSqlite, TailWithEvents), (SelectWithEventsPostgres, TailWithEvents))
            .To(async results =>
            {
                if ((await results.Next(_ => true)).Count == 0)
                    return new ShortStatements(null, IsWhole: true);
                var openings = await Openings(results, query);
                var lines = await results.Next(row => (
                    Asset: row.GetString(ReadModelResults.EventColumns), Day: Day(row, ReadModelResults.EventColumns + 1),
                    Amount: row.GetInt64(ReadModelResults.EventColumns + 2), Event: results.Event(row)));
                if (lines.Count > PageSize || lines.Any(line => line.Event is null))
                    return new ShortStatements(null, IsWhole: false);
                var byAsset = lines.ToLookup(line => line.Asset, line => new Line(line.Day, line.Amount, line.Event!));
                return new ShortStatements(
                    [.. openings.Select(of => ViewOf(query, of.Asset, of.Opening, byAsset[of.Asset], events))], IsWhole: true);
            });
    }

    /// <summary>One of any length.</summary>
    public static async Task<IReadOnlyList<StatementView>?> InSteps(
        ReadModelRows model, IEventSerializer events, StatementQuery query)
    {
        if (await Read(model, OfAccount(query).Add(SelectAccount, ""), row => row.GetInt32(0)) is not [var partition])
            return null;
        var assets = query.Asset is { } asset
            ? [AssetJsonConverter.Stored(asset)]
            : await Read(model, OfAccount(query).Add(SelectAssets, "group by asset\norder by asset"), row => row.GetString(0));
        var statements = new List<StatementView>();
        foreach (var stored in assets)
            statements.Add(await Read(model, events, query, partition, stored));
        return statements;
    }

    private static async Task<StatementView> Read(
        ReadModelRows model, IEventSerializer events, StatementQuery query, int partition, string stored)
    {
        QueryText OfAsset() => OfAccount(query).Where("asset = @asset", "@asset", stored);
        var opening = query.From is null ? 0 : (await Read(model,
            OfAsset().Where("effective_date < @from", "@from", DayNumber(query.From)).Add(SelectOpening, ""),
            row => OpeningAt(row, 0)))[0];
        var rows = await Read(model,
            Days(OfAsset(), query).Bind("@count", LinesMax + 1).Add(SelectLines, "order by effective_date, position\nlimit @count"),
            row => (Day: Day(row, 0), At: new LogPosition(partition, row.GetInt64(1)), Amount: row.GetInt64(2)));
        if (rows.Count > LinesMax)
            throw new InvalidQueryException($"The statement has more than {LinesMax} lines; ask for fewer days.");
        var lines = new List<Line>(rows.Count);
        foreach (var page in rows.Chunk(PageSize))
        {
            var read = await model.ReadEvents([.. page.Select(row => row.At)], CancellationToken.None);
            lines.AddRange(page.Zip(read, (row, committed) => new Line(row.Day, row.Amount, committed)));
        }
        return ViewOf(query, stored, opening, lines, events);
    }

    private static async Task<IReadOnlyList<(string Asset, long Opening)>> Openings(ReadModelResults results, StatementQuery query)
    {
        if (query.Asset is not { } asset)
            return await results.Next(row => (row.GetString(0), OpeningAt(row, 1)));
        var opening = query.From is null ? 0 : (await results.Next(row => OpeningAt(row, 0)))[0];
        return [(AssetJsonConverter.Stored(asset), opening)];
    }

    private static StatementView ViewOf(
        StatementQuery query, string stored, long opening, IEnumerable<Line> found, IEventSerializer events)
    {
        var running = opening;
        var lines = new List<StatementLine>();
        foreach (var (day, amount, committed) in found)
        {
            running = checked(running + amount);
            var (reference, memo) = StatementNotes.Of(events.Decode(committed));
            lines.Add(new StatementLine(day, committed.Version, committed.Type, reference, memo, amount, running));
        }
        return new StatementView(query.AccountId, AssetJsonConverter.Stored(stored), opening, lines, running);
    }

    private static Task<IReadOnlyList<T>> Read<T>(ReadModelRows model, QueryText text, Func<DbDataReader, T> row) =>
        model.Read(text.To(results => results.Next(row)), CancellationToken.None);

    private static QueryText OfAccount(StatementQuery query) => new QueryText().Where("account_id = @id", "@id", query.AccountId);

    private static QueryText Days(QueryText text, StatementQuery query) => text
        .WhereIf(query.From is not null, "effective_date >= @from", "@from", DayNumber(query.From))
        .WhereIf(query.To is not null, "effective_date <= @to", "@to", DayNumber(query.To));

    private static int? DayNumber(DateOnly? date) => date is { } set ? SqlTypes.DayNumber(set) : null;

    private static long OpeningAt(DbDataReader row, int column) =>
        checked((long)WideSum.Of(row.GetInt64(column), row.GetInt64(column + 1)));

    private static DateOnly Day(DbDataReader row, int column) => SqlTypes.DayOf(row.GetInt32(column));

    private readonly record struct Line(DateOnly Day, long Amount, CommittedEvent Event);
}

/// <summary>What was found at once.</summary>
/// <param name="Statements">The statements; null when there is no such account.</param>
/// <param name="IsWhole">False when they are not to be read at once: then nothing is said of the account.</param>
internal sealed record ShortStatements(IReadOnlyList<StatementView>? Statements, bool IsWhole);
