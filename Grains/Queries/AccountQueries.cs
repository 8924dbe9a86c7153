using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Grains.Queries;

// Pages of accounts from the read model of accounts, with their balances in one statement.
// Invariants: sorted by id, owner, status or balance, a page is read off an index in its order, and costs as much as it shows;
//   by version, held or available, all rows that pass the filters are looked at and the first ones kept, since an index on
//   these, which nearly every event changes, would be written with nearly every event.
internal static class AccountQueries
{
    private const string Columns =
        "a.account_id, a.owner, a.status, a.version, a.assets, a.overdraft, a.partition, a.position";

    // Of all assets, since the last event of an account may be about any of them.
    private const string BalanceColumns = "b.asset, b.balance, b.held, b.version, b.position";

    private const string BalancesSqlite = "left join {balance} b on b.account_id = a.account_id";

    // PostgreSQL would rather read all balances than look up those of a page; what has an offset it takes as it is.
    private const string BalancesPostgres =
        "left join lateral (select * from {balance} one where one.account_id = a.account_id offset 0) b on true";

    // The last event of an account is the last of its own row or of one of its balances.
    private const string Version = """
        coalesce((
            select case when max(c.version) > a.version then max(c.version) end
            from {balance} c
            where c.account_id = a.account_id), a.version)
        """;

    private static readonly Dictionary<string, string> SortColumns = new(StringComparer.Ordinal)
    {
        ["id"] = "a.account_id",
        ["owner"] = "a.owner",
        ["status"] = "a.status",
        ["version"] = Version,
        ["balance"] = "b.balance",
        ["held"] = "b.held",
        ["available"] = "b.balance - b.held",
    };

    public static void Check(AccountsQuery query)
    {
        QueryText.Take(query.Take);
        if (!SortColumns.TryGetValue(query.Sort, out var column))
            throw new InvalidQueryException(
                $"'{LedgerText.Shown(query.Sort)}' is no column to sort by; there are: {string.Join(", ", SortColumns.Keys)}.");
        if (query.Asset is null && (column.StartsWith('b') || query.BalanceMin is not null || query.BalanceMax is not null))
            throw new InvalidQueryException("Balances are compared in one asset; name the asset.");
        if (query.Status is { } status && !Enum.IsDefined(status))
            throw new InvalidQueryException(
                $"'{status}' is no status; there are: {string.Join(", ", Enum.GetNames<AccountStatus>())}.");
        if (query.Asset is { IsValid: false })
            throw new InvalidQueryException("The asset is not of its form; one looks like EUR or VBMPX/3.");
        if (CursorOf(query) is [var key, _] && !IsText(column))
            Cursor.Number(key);
    }

    public static ReadModelQuery<Page<AccountView>> Page(AccountsQuery query) => Rows(query).To(async results =>
    {
        var rows = new List<Row>();
        var assets = new AssetTexts();
        await results.ForEach(reader =>
        {
            var id = reader.GetString(0);
            if (rows.Count == 0 || rows[^1].Id != id)
                rows.Add(Row.Read(id, reader, assets));
            if (!reader.IsDBNull(9))
                rows[^1].Balances.Add(Balance.Read(reader, assets));
        });
        var page = QueryText.Page(rows, query.Take, row => Cursor.Write(QueryName(query), row.SortKey, row.Id));
        return new Page<AccountView>([.. page.Items.Select(row => row.ToView(query.Asset))], page.Cursor);
    });

    private static QueryText Rows(AccountsQuery query)
    {
        var sort = SortColumns[query.Sort];
        string[] order = sort == "a.account_id" ? [sort] : [sort, sort.StartsWith('b') ? "b.account_id" : "a.account_id"];
        string[] shownOrder = sort == "a.account_id" ? [sort] : ["a.sort_key", "a.account_id"];
        var text = new QueryText()
            .Bind("@take", query.Take + 1)
            .WhereIf(query.Owner is not null, "a.owner = @owner", "@owner", query.Owner)
            .WhereIf(query.Status is not null, StatusCondition(query), "@status", (int?)query.Status);
        if (query.Asset is { } asset)
        {
            text.Where("b.account_id = a.account_id")
                .Where("b.asset = @asset", "@asset", AssetJsonConverter.Stored(asset))
                .WhereIf(query.BalanceMin is not null,
                    "b.balance >= @min", "@min", MinorUnits(query.BalanceMin, asset, decimal.Ceiling))
                .WhereIf(query.BalanceMax is not null,
                    "b.balance <= @max", "@max", MinorUnits(query.BalanceMax, asset, decimal.Floor));
        }
        if (CursorOf(query) is [var key, var id])
        {
            var (columns, values) = (string.Join(", ", order), order.Length == 1 ? "@id" : "@key, @id");
            text.Bind("@key", IsText(sort) ? key : Cursor.Number(key)).Bind("@id", id);
            _ = query.Descending ? text.Before(columns, values) : text.After(columns, values);
        }
        string Tail(string balances) =>
            $"order by {OrderBy(order, query)}\nlimit @take) a\n{balances}\norder by {OrderBy(shownOrder, query)}";
        var select =
            $"select a.*, {BalanceColumns}\nfrom (select {Columns}, {sort} as sort_key\nfrom {Tables(query)}";
        return text.Add((select, Tail(BalancesSqlite)), (select, Tail(BalancesPostgres)));
    }

    private static string OrderBy(IEnumerable<string> columns, AccountsQuery query) =>
        string.Join(", ", columns.Select(column => $"{column} {(query.Descending ? "desc" : "asc")}"));

    // SQLite, which knows nothing of what is in the tables, reads those of a cross join in this order: first the one whose
    // index has the order of the page; but of an owner's few accounts any order is soon made. PostgreSQL counts, and chooses.
    private static string Tables(AccountsQuery query) => query switch
    {
        { Asset: null } => "{account} a",
        { Owner: not null } or { Sort: "id" or "owner" or "status" } => "{account} a\ncross join {balance} b",
        _ => "{balance} b\ncross join {account} a",
    };

    // Most accounts are open, so the index by status helps where it also has the order of the page. Elsewhere SQLite, which
    // would rather sort them all, is kept from it by the second half; to PostgreSQL both forms are the same.
    private static string StatusCondition(AccountsQuery query) => query is { Owner: null, Sort: "id" or "status" }
        ? "a.status = @status"
        : "(a.status = @status or @status is null)";

    private static bool IsText(string column) => column is "a.account_id" or "a.owner";

    private static string[]? CursorOf(AccountsQuery query) => Cursor.Read(query.After, QueryName(query), keyCount: 2);

    // A cursor is good for the same sort only; filters may change, they do not move the place.
    private static string QueryName(AccountsQuery query) => $"accounts {query.Sort} {(query.Descending ? "desc" : "asc")}";

    private static long? MinorUnits(decimal? wholeUnits, Asset asset, Func<decimal, decimal> round)
    {
        if (wholeUnits is not { } value)
            return null;
        // Beyond every balance there is; multiplied it might leave the range of decimals.
        if (Math.Abs(value) > 10_000_000_000_000_000_000m)
            return value < 0 ? long.MinValue : long.MaxValue;
        var minorUnits = round(value * Asset.MinorUnitsPerWhole(asset.Scale));
        return minorUnits < long.MinValue ? long.MinValue : minorUnits > long.MaxValue ? long.MaxValue : (long)minorUnits;
    }

    private sealed record Row(
        string Id, string Owner, AccountStatus Status, long Version, IReadOnlyList<Asset> Assets, decimal? Overdraft,
        LogPosition Last, string SortKey)
    {
        public List<Balance> Balances { get; } = [];

        public static Row Read(string id, DbDataReader reader, AssetTexts assets) => new(
            id, reader.GetString(1), (AccountStatus)reader.GetInt32(2), reader.GetInt64(3),
            assets.List(reader.GetString(4)),
            reader.Text(5) is { } overdraft ? decimal.Parse(overdraft, CultureInfo.InvariantCulture) : null,
            new LogPosition(reader.GetInt32(6), reader.GetInt64(7)),
            Convert.ToString(reader.GetValue(8), CultureInfo.InvariantCulture)!);

        public AccountView ToView(Asset? asset) => new(
            Id, Owner, Status, Balances.Select(balance => balance.Version).Append(Version).Max(), Assets, Overdraft,
            [
                .. Balances.Where(balance => asset is null || balance.Asset == asset)
                    .OrderBy(balance => balance.Stored, StringComparer.Ordinal).Select(balance => balance.ToView()),
            ],
            (Last with { Position = Balances.Select(balance => balance.Position).Append(Last.Position).Max() }).ToString());
    }

    private sealed record Balance(string Stored, Asset Asset, long MinorUnits, long Held, long Version, long Position)
    {
        public static Balance Read(DbDataReader reader, AssetTexts assets)
        {
            var stored = reader.GetString(9);
            return new Balance(
                stored, assets.One(stored), reader.GetInt64(10), reader.GetInt64(11), reader.GetInt64(12),
                reader.GetInt64(13));
        }

        public BalanceView ToView() => new(Asset, MinorUnits, Held, MinorUnits - Held);
    }

    // What the accounts of a page have in common is made once, and crosses the wire once.
    private sealed class AssetTexts
    {
        private readonly Dictionary<string, Asset> _assets = new(StringComparer.Ordinal);
        private readonly Dictionary<string, IReadOnlyList<Asset>> _lists = new(StringComparer.Ordinal);

        public Asset One(string stored)
        {
            if (!_assets.TryGetValue(stored, out var asset))
                _assets.Add(stored, asset = AssetJsonConverter.Stored(stored));
            return asset;
        }

        public IReadOnlyList<Asset> List(string json)
        {
            if (!_lists.TryGetValue(json, out var list))
                _lists.Add(json, list = JsonSerializer.Deserialize(json, LedgerJson.Frozen.IReadOnlyListAsset)!);
            return list;
        }
    }
}
