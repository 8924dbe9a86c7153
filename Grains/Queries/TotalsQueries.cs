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
    private static readonly string SelectSums = $$"""
        select asset, {{WideSum.Columns("balance")}},
            coalesce(sum(world_high), 0), coalesce(sum(world_low), 0),
            coalesce(sum(transit_high), 0), coalesce(sum(transit_low), 0)
        from {balance}
        """;

    public static async Task<TotalsView> Read(ReadModelRows model, TotalsQuery query) =>
        new(await Groups(model, query.By), await Sums(model));

    private static async Task<IReadOnlyList<TotalsGroup>> Groups(ReadModelRows model, TotalsBy by)
    {
        var column = by switch
        {
            TotalsBy.Asset => "b.asset",
            TotalsBy.Owner => "a.owner",
            TotalsBy.Status => "a.status",
            _ => throw new InvalidQueryException(
                $"'{by}' is no grouping; there are: {string.Join(", ", Enum.GetNames<TotalsBy>())}."),
        };
        await using var text = new QueryText(model);
        return await text.Read(
            $$"""
            select {{column}}, b.asset, count(*), {{WideSum.Columns("b.balance")}}, min(b.balance), max(b.balance)
            from {balance} b
            join {account} a on a.account_id = b.account_id
            """,
            $"group by {column}, b.asset\norder by {column}, b.asset",
            reader => GroupOf(reader, by));
    }

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

    private static async Task<IReadOnlyList<ZeroSum>> Sums(ReadModelRows model)
    {
        await using var text = new QueryText(model);
        return await text.Read(
            SelectSums, "group by asset\norder by asset",
            reader => SumOf(
                AssetJsonConverter.Stored(reader.GetString(0)), WideSum.Of(reader.GetInt64(1), reader.GetInt64(2)),
                WideSum.Of(reader.GetInt64(3), reader.GetInt64(4)), WideSum.Of(reader.GetInt64(5), reader.GetInt64(6))));
    }

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
