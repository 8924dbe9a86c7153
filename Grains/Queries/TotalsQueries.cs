using System.Data.Common;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Grains.Queries;

// Totals, and the check that everything sums to zero, from one read of the read model of accounts. All sums are exact.
internal static class TotalsQueries
{
    private const string Zeros =
        """
        coalesce(sum(b.world_high), 0), coalesce(sum(b.world_low), 0), coalesce(sum(b.transit_high), 0), coalesce(sum(b.transit_low), 0)
        """;

    private static readonly string GroupColumns = $"count(*), {WideSum.Columns("b.balance")}, min(b.balance), max(b.balance)";

    // What an asset's group has is what its check needs: one look at each row is enough.
    private static readonly string SelectAssets = $$"""
        select b.asset, b.asset, {{GroupColumns}}, {{Zeros}}
        from {balance} b
        """;

    private static readonly string SelectSums = $$"""
        select b.asset, {{WideSum.Columns("b.balance")}}, {{Zeros}}
        from {balance} b
        """;

    private const string TailByAsset = "group by b.asset\norder by b.asset";

    public static ReadModelQuery<TotalsView> Read(TotalsQuery query) => query.By switch
    {
        TotalsBy.Asset => new QueryText().Add(SelectAssets, TailByAsset).To(async results =>
        {
            var assets = await results.Next(reader => (Group: GroupOf(reader, TotalsBy.Asset), Sum: SumOf(reader, 3, 7)));
            return new TotalsView([.. assets.Select(asset => asset.Group)], [.. assets.Select(asset => asset.Sum)]);
        }),
        TotalsBy.Owner => Read("a.owner", query.By),
        TotalsBy.Status => Read("a.status", query.By),
        _ => throw new InvalidQueryException(
            $"'{query.By}' is no grouping; there are: {string.Join(", ", Enum.GetNames<TotalsBy>())}."),
    };

    private static ReadModelQuery<TotalsView> Read(string column, TotalsBy by) => new QueryText()
        .Add(
            $$"""
            select {{column}}, b.asset, {{GroupColumns}}
            from {balance} b
            join {account} a on a.account_id = b.account_id
            """,
            $"group by {column}, b.asset\norder by {column}, b.asset")
        .Add(SelectSums, TailByAsset)
        .To(async results => new TotalsView(
            await results.Next(reader => GroupOf(reader, by)), await results.Next(reader => SumOf(reader, 1, 3))));

    private static TotalsGroup GroupOf(DbDataReader reader, TotalsBy by)
    {
        var asset = AssetJsonConverter.Stored(reader.GetString(1));
        var (count, sum) = (reader.GetInt64(2), WideSum.Of(reader.GetInt64(3), reader.GetInt64(4)));
        var group = by switch
        {
            TotalsBy.Asset => asset.ToString(),
            TotalsBy.Status => ((AccountStatus)reader.GetInt32(0)).ToString(),
            _ => reader.GetString(0),
        };
        return new TotalsGroup(
            group, asset, count, WholeUnits(sum, asset), WholeUnits(Average(sum, count), asset),
            reader.GetInt64(5), reader.GetInt64(6));
    }

    // The two columns of the accounts' sum, and the four of the others, from the given ones on.
    private static ZeroSum SumOf(DbDataReader reader, int accounts, int others) => SumOf(
        AssetJsonConverter.Stored(reader.GetString(0)), WideAt(reader, accounts), WideAt(reader, others), WideAt(reader, others + 2));

    private static Int128 WideAt(DbDataReader reader, int column) =>
        WideSum.Of(reader.GetInt64(column), reader.GetInt64(column + 1));

    private static ZeroSum SumOf(Asset asset, Int128 accounts, Int128 world, Int128 transit) => new(
        asset, WholeUnits(accounts, asset), WholeUnits(world, asset), WholeUnits(transit, asset),
        WholeUnits(accounts + world + transit, asset));

    // Half to even, on the integers: no rounding but this one.
    internal static Int128 Average(Int128 sum, long count)
    {
        var (quotient, remainder) = Int128.DivRem(sum, count);
        var twice = Int128.Abs(remainder) * 2;
        var away = twice > count || (twice == count && Int128.IsOddInteger(quotient));
        return away ? quotient + (sum < 0 ? -1 : 1) : quotient;
    }

    // By the parts of a decimal: exact, and with all of the asset's decimals (1.40, not 1.4).
    internal static decimal WholeUnits(Int128 minorUnits, Asset asset)
    {
        var digits = (UInt128)Int128.Abs(minorUnits);
        if (digits >> 96 != 0)
            throw new OverflowException($"A sum of {asset} does not fit into 96 bits of minor units.");
        return new decimal(
            (int)(uint)digits, (int)(uint)(digits >> 32), (int)(uint)(digits >> 64), minorUnits < 0, (byte)asset.Scale);
    }
}
