using System.Globalization;
using System.Text.Json;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger;

namespace OrleansEs.Grains.ReadModels;

/// <summary>
/// The read model <c>accounts</c>: a row for each account, and one for each of its assets, which also says what it got from the
/// outside world and from transfers (negative: summed up over all accounts, what these have in their hands). So every row
/// belongs to one account, and can be made anew without the others. A batch is summed up first and written once, so a busy account
/// costs one row and not one for each event.
/// </summary>
/// <remarks>
/// An event that changes a balance is written there alone, with its version and position: those of an account are the greatest of
/// its rows.
/// </remarks>
internal sealed class AccountsProjection : IProjection
{
    public const string ModelName = "accounts";

    private static readonly RowStatement UpsertAccount = new(
        """
        insert into {account} (account_id, partition, owner, status, version, position, assets, overdraft)
        select rows.id, rows.partition, rows.owner, rows.status, rows.version, rows.position, rows.assets, rows.overdraft
        from rows
        on conflict (account_id) do update
        set owner = excluded.owner, status = excluded.status, version = excluded.version, position = excluded.position,
            assets = excluded.assets, overdraft = excluded.overdraft
        """,
        RowColumn.Text("id"), RowColumn.Number("partition"), RowColumn.Text("owner"), RowColumn.Number("status"),
        RowColumn.Number("version"), RowColumn.Number("position"), RowColumn.Text("assets"), RowColumn.Text("overdraft"));

    private static readonly RowStatement TouchAccount = new(
        """
        update {account}
        set status = coalesce(rows.status, {account}.status), version = rows.version, position = rows.position
        from rows
        where account_id = rows.id
        """,
        RowColumn.Text("id"), RowColumn.Number("status"), RowColumn.Number("version"), RowColumn.Number("position"));

    // The outside world and transfers are two-column sums (see WideSum): what the low columns make beyond 32 bits goes to the high
    // one.
    private static readonly RowStatement AddBalance = new(
        """
        insert into {balance} (account_id, asset, balance, held, world_high, world_low, transit_high, transit_low, version, position)
        select rows.id, rows.asset, rows.balance, rows.held, rows.world_high, rows.world_low, rows.transit_high, rows.transit_low,
            rows.version, rows.position
        from rows
        on conflict (account_id, asset) do update
        set balance = {balance}.balance + excluded.balance, held = {balance}.held + excluded.held,
            world_high = {balance}.world_high + excluded.world_high
              + (({balance}.world_low + excluded.world_low) >> 32),
            world_low = ({balance}.world_low + excluded.world_low) & 4294967295,
            transit_high = {balance}.transit_high + excluded.transit_high
              + (({balance}.transit_low + excluded.transit_low) >> 32),
            transit_low = ({balance}.transit_low + excluded.transit_low) & 4294967295,
            version = excluded.version, position = excluded.position
        """,
        RowColumn.Text("id"), RowColumn.Text("asset"), RowColumn.Number("balance"), RowColumn.Number("held"),
        RowColumn.Number("world_high"), RowColumn.Number("world_low"), RowColumn.Number("transit_high"),
        RowColumn.Number("transit_low"), RowColumn.Number("version"), RowColumn.Number("position"));

    private static readonly RowStatement RemoveAccount = new(
        "delete from {account} where account_id in (select rows.id from rows)", RowColumn.Text("id"));

    private static readonly RowStatement RemoveBalances = new(
        "delete from {balance} where account_id in (select rows.id from rows)", RowColumn.Text("id"));

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public int Version => 3;

    /// <inheritdoc/>
    public IReadOnlyCollection<Type> Handles => LedgerEvents.AccountTypes;

    /// <inheritdoc/>
    // What a deposit changes of a balance stands together: of a change within its page PostgreSQL logs the part that differs.
    public string Schema(SqlDialect dialect)
    {
        var text = SqlTypes.Text(dialect);
        return $$"""
            create table {account} (
              account_id {{text}} not null primary key,
              partition integer not null,
              owner {{text}} not null,
              status integer not null,
              version bigint not null,
              position bigint not null,
              assets {{text}} not null,
              overdraft {{text}}
            ){{SqlTypes.WithoutRowId(dialect)}};
            create index {account_by_owner} on {account} (owner, account_id);
            create index {account_by_status} on {account} (status, account_id);
            create table {balance} (
              held bigint not null,
              world_high bigint not null,
              transit_high bigint not null,
              transit_low bigint not null,
              balance bigint not null,
              world_low bigint not null,
              version bigint not null,
              position bigint not null,
              account_id {{text}} not null,
              asset {{text}} not null,
              primary key (account_id, asset)
            ){{SqlTypes.WithoutRowId(dialect)}};
            create index {balance_by_asset} on {balance} (asset, balance, account_id);
            """;
    }

    /// <inheritdoc/>
    public async ValueTask Apply(
        IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation)
    {
        var changes = new AccountChanges();
        foreach (var projected in events)
            changes.Add(projected);
        AddAccounts(changes, writes);
        await AddBalances(changes, writes, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask Remove(JournalId journal, RowWrites writes, CancellationToken cancellation)
    {
        if (journal.Type == LedgerEvents.AccountJournals)
        {
            writes.Add(RemoveAccount, journal.Key);
            writes.Add(RemoveBalances, journal.Key);
        }
        return default;
    }

    private static void AddAccounts(AccountChanges changes, RowWrites writes)
    {
        foreach (var (id, change) in changes.Accounts)
        {
            if (change.Opened is { } opened)
                writes.Add(UpsertAccount, id, change.Last.Partition, opened.Owner, (int)(change.Status ?? 0), change.Version,
                    change.Last.Position, JsonSerializer.Serialize(opened.Assets, LedgerJson.Frozen.IReadOnlyListAsset),
                    opened.Overdraft?.ToString(CultureInfo.InvariantCulture));
            else
                writes.Add(TouchAccount, id, (int?)change.Status, change.Version, change.Last.Position);
        }
    }

    // From one end of the range to the other takes some steps, one row of a batch each; what lies between always fits.
    private static async Task AddBalances(AccountChanges changes, RowWrites writes, CancellationToken cancellation)
    {
        for (var steps = changes.Balances; steps.Count > 0;)
        {
            var further = new Dictionary<(string, Asset), BalanceChange>();
            foreach (var ((id, asset), change) in steps)
            {
                var balanceStep = (long)Int128.Clamp(change.Balance, long.MinValue, long.MaxValue);
                var heldStep = (long)Int128.Clamp(change.Held, long.MinValue, long.MaxValue);
                var (worldHigh, worldLow) = WideSum.Split(change.World);
                var (transitHigh, transitLow) = WideSum.Split(change.Transit);
                writes.Add(AddBalance, id, AssetJsonConverter.Stored(asset), balanceStep, heldStep, worldHigh, worldLow, transitHigh,
                    transitLow, change.Version, change.Position);
                if (change.Balance != balanceStep || change.Held != heldStep)
                    further.Add((id, asset), change with
                    {
                        Balance = change.Balance - balanceStep, Held = change.Held - heldStep, World = 0, Transit = 0,
                    });
            }
            if (further.Count > 0)
                await writes.Flush(cancellation);
            steps = further;
        }
    }
}
