using System.Data.Common;
using System.Globalization;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Grains.Queries;

// Totals of the changes of balances by month of the effective date, from the read model of statements. All sums are exact.
internal static class MonthTotalsQueries
{
    // First by day, in the order of an index that has all of these columns, so that nothing is sorted but days; then by month.
    private static readonly string Select = $$"""
        select d.month, d.asset, sum(d.count), sum(d.high), sum(d.low), min(d.minimum), max(d.maximum)
        from (
          select effective_date / 100 as month, asset, count(*) as count,
            coalesce(sum(amount >> 32), 0) as high, coalesce(sum(amount & 4294967295), 0) as low,
            min(amount) as minimum, max(amount) as maximum
          from {line}
        """;

    private const string Tail = """
          group by asset, effective_date
        ) d
        group by d.month, d.asset
        order by d.month, d.asset
        """;

    public static void Check(TotalsQuery query)
    {
        if (query.By != TotalsBy.Month && query is not { AccountId: null, Asset: null, From: null, To: null })
            throw new InvalidQueryException("Totals of one account, one asset or some days are those by month: group by month.");
        if (query.AccountId is not null && !LedgerId.TryParse(query.AccountId, out var reason))
            throw new InvalidQueryException(reason);
        if (query.Asset is { IsValid: false })
            throw new InvalidQueryException("The asset is not of its form; one looks like EUR or VBMPX/3.");
        if (query.From > query.To)
            throw new InvalidQueryException($"The first day {query.From:O} is after the last day {query.To:O}.");
    }

    public static ReadModelQuery<TotalsView> Read(TotalsQuery query) => new QueryText()
        .WhereIf(query.AccountId is not null, "account_id = @account", "@account", query.AccountId)
        .WhereIf(query.Asset is not null,
            "asset = @asset", "@asset", query.Asset is { } asset ? AssetJsonConverter.Stored(asset) : null)
        .WhereIf(query.From is not null, "effective_date >= @from", "@from", Number(query.From))
        .WhereIf(query.To is not null, "effective_date <= @to", "@to", Number(query.To))
        .Add(Select, Tail)
        .To(async results => new TotalsView(await results.Next(GroupOf), []));

    private static int? Number(DateOnly? date) => date is { } set ? SqlTypes.DayNumber(set) : null;

    private static TotalsGroup GroupOf(DbDataReader reader)
    {
        var asset = AssetJsonConverter.Stored(reader.GetString(1));
        var (count, sum) = (reader.GetInt64(2), WideSum.Of(reader.GetInt64(3), reader.GetInt64(4)));
        var month = reader.GetInt32(0);
        return new TotalsGroup(
            string.Create(CultureInfo.InvariantCulture, $"{month / 100:0000}-{month % 100:00}"), asset, count,
            TotalsQueries.WholeUnits(sum, asset), TotalsQueries.WholeUnits(TotalsQueries.Average(sum, count), asset),
            reader.GetInt64(5), reader.GetInt64(6));
    }
}
