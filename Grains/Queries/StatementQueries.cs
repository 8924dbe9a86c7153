using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Grains.Queries;

// Statements: the sum of what was before, the lines, and what they add up to.
internal static class StatementQueries
{
    // More lines than a person reads or a message should carry; whoever needs all reads the history in pages.
    private const int LinesMax = 50_000;

    private static readonly string SelectOpening = $"select {WideSum.Columns("amount")}\nfrom {{line}}";

    // So many events are read at once: a long statement needs some time, and no single question of it much.
    private const int PageSize = 1_000;

    private const string SelectLines = """
        select effective_date, version, amount
        from {line}
        """;

    public static void Check(StatementQuery query)
    {
        if (!LedgerId.TryParse(query.AccountId, out var reason))
            throw new InvalidQueryException(reason);
        if (query.Asset is { IsValid: false })
            throw new InvalidQueryException("The asset is not of its form; one looks like EUR or VBMPX/3.");
        if (query.From > query.To)
            throw new InvalidQueryException($"The first day {query.From:O} is after the last day {query.To:O}.");
    }

    public static async Task<IReadOnlyList<StatementView>?> Read(
        ReadModelRows model, IEventSerializer events, StatementQuery query)
    {
        if (!await Exists(model, query.AccountId))
            return null;
        var assets = query.Asset is { } asset ? [AssetJsonConverter.Stored(asset)] : await Assets(model, query.AccountId);
        var statements = new List<StatementView>();
        foreach (var stored in assets)
            statements.Add(await Read(model, events, query, stored));
        return statements;
    }

    private static async Task<StatementView> Read(
        ReadModelRows model, IEventSerializer events, StatementQuery query, string stored)
    {
        var opening = query.From is { } from ? await Opening(model, query.AccountId, stored, from) : 0;
        await using var text = Of(model, query.AccountId, stored)
            .WhereIf(query.From is not null,
                "effective_date >= @from", "@from", query.From is { } first ? SqlTypes.DayNumber(first) : null)
            .WhereIf(query.To is not null, "effective_date <= @to", "@to", query.To is { } last ? SqlTypes.DayNumber(last) : null)
            .Bind("@count", LinesMax + 1);
        var running = opening;
        var rows = await text.Read(
            SelectLines,
            "order by effective_date, version\nlimit @count",
            reader => (Day: SqlTypes.DayOf(reader.GetInt32(0)), Version: reader.GetInt64(1), Amount: reader.GetInt64(2)));
        if (rows.Count > LinesMax)
            throw new InvalidQueryException($"The statement has more than {LinesMax} lines; ask for fewer days.");
        var journal = JournalId.Of(LedgerEvents.AccountJournals, query.AccountId);
        var lines = new List<StatementLine>(rows.Count);
        foreach (var page in rows.Chunk(PageSize))
        {
            var read = await model.ReadEvents(journal, [.. page.Select(row => row.Version)], CancellationToken.None);
            foreach (var (row, committed) in page.Zip(read))
            {
                running = checked(running + row.Amount);
                var (reference, memo) = StatementNotes.Of(events.Decode(committed));
                lines.Add(new StatementLine(row.Day, row.Version, committed.Type, reference, memo, row.Amount, running));
            }
        }
        return new StatementView(query.AccountId, AssetJsonConverter.Stored(stored), opening, lines, running);
    }

    private static async Task<long> Opening(ReadModelRows model, string accountId, string asset, DateOnly from)
    {
        await using var text = Of(model, accountId, asset)
            .Where("effective_date < @from", "@from", SqlTypes.DayNumber(from));
        var sums = await text.Read(SelectOpening, "", reader => WideSum.Of(reader.GetInt64(0), reader.GetInt64(1)));
        return checked((long)sums[0]);
    }

    private static async Task<bool> Exists(ReadModelRows model, string accountId)
    {
        await using var text = new QueryText(model).Where("account_id = @id", "@id", accountId);
        return (await text.Read("select 1\nfrom {account}", "", _ => true)).Count > 0;
    }

    private static async Task<IReadOnlyList<string>> Assets(ReadModelRows model, string accountId)
    {
        await using var text = new QueryText(model).Where("account_id = @id", "@id", accountId);
        return await text.Read("select distinct asset\nfrom {line}", "order by asset", reader => reader.GetString(0));
    }

    private static QueryText Of(ReadModelRows model, string accountId, string asset) =>
        new QueryText(model).Where("account_id = @id", "@id", accountId).Where("asset = @asset", "@asset", asset);
}
