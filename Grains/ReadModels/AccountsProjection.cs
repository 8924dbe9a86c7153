using System.Data.Common;
using System.Text.Json;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Grains.ReadModels;

/// <summary>
/// The read model <c>accounts</c>: a row for each account, one for each of its assets, and for each partition and asset
/// what came from the outside world and what transfers under way have in their hands. A batch is summed up first and
/// written once, so a busy account costs one row and not one for each event.
/// </summary>
internal sealed class AccountsProjection : IProjection
{
    public const string ModelName = "accounts";

    private const string UpsertAccount = """
        insert into accounts_v1_account (account_id, partition, owner, status, version, position, assets, overdraft)
        values (@id, @partition, @owner, @status, @version, @position, @assets, @overdraft)
        on conflict (account_id) do update
        set owner = excluded.owner, status = excluded.status, version = excluded.version, position = excluded.position,
            assets = excluded.assets, overdraft = excluded.overdraft
        """;

    private const string TouchAccount = """
        update accounts_v1_account
        set status = coalesce(@status, status), version = @version, position = @position
        where account_id = @id
        """;

    private const string AddBalance = """
        insert into accounts_v1_balance (account_id, asset, balance, held)
        values (@id, @asset, @balance, @held)
        on conflict (account_id, asset) do update
        set balance = accounts_v1_balance.balance + excluded.balance, held = accounts_v1_balance.held + excluded.held
        """;

    private const string ReadCounter = """
        select world_high, world_low, transit_high, transit_low
        from accounts_v1_counter
        where partition = @partition and asset = @asset
        """;

    private const string WriteCounter = """
        insert into accounts_v1_counter (partition, asset, world_high, world_low, transit_high, transit_low)
        values (@partition, @asset, @world_high, @world_low, @transit_high, @transit_low)
        on conflict (partition, asset) do update
        set world_high = excluded.world_high, world_low = excluded.world_low,
            transit_high = excluded.transit_high, transit_low = excluded.transit_low
        """;

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public IReadOnlyCollection<Type> Handles => LedgerEvents.AccountTypes;

    /// <inheritdoc/>
    public string Schema(SqlDialect dialect)
    {
        var text = SqlTypes.Text(dialect);
        return $"""
            create table if not exists accounts_v1_account (
              account_id {text} not null primary key,
              partition integer not null,
              owner {text} not null,
              status integer not null,
              version bigint not null,
              position bigint not null,
              assets {text} not null,
              overdraft {text}
            );
            create index if not exists accounts_v1_account_by_owner on accounts_v1_account (owner, account_id);
            create table if not exists accounts_v1_balance (
              account_id {text} not null,
              asset {text} not null,
              balance bigint not null,
              held bigint not null,
              primary key (account_id, asset)
            );
            create index if not exists accounts_v1_balance_by_asset on accounts_v1_balance (asset, balance, account_id);
            create table if not exists accounts_v1_counter (
              partition integer not null,
              asset {text} not null,
              world_high bigint not null,
              world_low bigint not null,
              transit_high bigint not null,
              transit_low bigint not null,
              primary key (partition, asset)
            );
            """;
    }

    /// <inheritdoc/>
    public async ValueTask Apply(
        IReadOnlyList<ProjectedEvent> events, DbTransaction transaction, CancellationToken cancellation)
    {
        var changes = new AccountChanges();
        foreach (var projected in events)
            changes.Add(projected);
        await WriteAccounts(changes, transaction, cancellation);
        await WriteBalances(changes, transaction, cancellation);
        await WriteCounters(changes, transaction, cancellation);
    }

    private static async Task WriteAccounts(AccountChanges changes, DbTransaction transaction, CancellationToken cancellation)
    {
        await using var upsert = new PreparedCommand(transaction, UpsertAccount,
            "@id", "@partition", "@owner", "@status", "@version", "@position", "@assets", "@overdraft");
        await using var touch = new PreparedCommand(transaction, TouchAccount, "@status", "@version", "@position", "@id");
        foreach (var (id, change) in changes.Accounts)
        {
            if (change.Opened is { } opened)
                await upsert.Run(cancellation, id, change.Last.Partition, opened.Owner, (int)(change.Status ?? 0), change.Version,
                    change.Last.Position, JsonSerializer.Serialize(opened.Assets, LedgerJson.Frozen.IReadOnlyListAsset),
                    opened.Overdraft?.ToString(System.Globalization.CultureInfo.InvariantCulture));
            else
                await touch.Run(cancellation, (int?)change.Status, change.Version, change.Last.Position, id);
        }
    }

    private static async Task WriteBalances(AccountChanges changes, DbTransaction transaction, CancellationToken cancellation)
    {
        await using var add = new PreparedCommand(transaction, AddBalance, "@id", "@asset", "@balance", "@held");
        foreach (var ((id, asset), change) in changes.Balances)
        {
            // From one end of the range to the other takes two steps; what lies between always fits.
            for (var (balance, held) = change; ;)
            {
                var balanceStep = (long)Int128.Clamp(balance, long.MinValue, long.MaxValue);
                var heldStep = (long)Int128.Clamp(held, long.MinValue, long.MaxValue);
                await add.Run(cancellation, id, AssetJsonConverter.Stored(asset), balanceStep, heldStep);
                (balance, held) = (balance - balanceStep, held - heldStep);
                if (balance == 0 && held == 0)
                    break;
            }
        }
    }

    private static async Task WriteCounters(AccountChanges changes, DbTransaction transaction, CancellationToken cancellation)
    {
        await using var read = new PreparedCommand(transaction, ReadCounter, "@partition", "@asset");
        await using var write = new PreparedCommand(transaction, WriteCounter,
            "@partition", "@asset", "@world_high", "@world_low", "@transit_high", "@transit_low");
        foreach (var ((partition, asset), (world, transit)) in changes.Counters)
        {
            var stored = AssetJsonConverter.Stored(asset);
            var (worldNow, transitNow) = (world, transit);
            await using (var row = await read.Read(cancellation, partition, stored))
            {
                if (await row.ReadAsync(cancellation))
                {
                    worldNow += WideSum.Of(row.GetInt64(0), row.GetInt64(1));
                    transitNow += WideSum.Of(row.GetInt64(2), row.GetInt64(3));
                }
            }
            var (worldHigh, worldLow) = WideSum.Split(worldNow);
            var (transitHigh, transitLow) = WideSum.Split(transitNow);
            await write.Run(cancellation, partition, stored, worldHigh, worldLow, transitHigh, transitLow);
        }
    }
}
