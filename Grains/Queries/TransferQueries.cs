using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Queries;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Queries;

// Pages of transfers, the one that was made last first.
internal static class TransferQueries
{
    private const string QueryName = "transfers";

    private static readonly TimeSpan AgeMax = TimeSpan.FromDays(36_500);

    private const string Select = """
        select t.transfer_id, t.status, t.postings, t.memo, t.failure, t.version, t.created_at, t.effective_date,
            t.correlation_id, t.partition, t.position
        from {transfer} t
        """;

    private const string SelectOfAccount = $$"""
        {{Select}}
        join {leg} l on l.transfer_id = t.transfer_id
        """;

    public static void Check(TransfersQuery query)
    {
        QueryText.Take(query.Take);
        if (query.AccountId is not null && !LedgerId.TryParse(query.AccountId, out var reason))
            throw new InvalidQueryException(reason);
        if (query.Status is { } status && !Enum.IsDefined(status))
            throw new InvalidQueryException(
                $"'{status}' is no status; there are: {string.Join(", ", Enum.GetNames<TransferStatus>())}.");
        if (query.OlderThan is { } age && (age <= TimeSpan.Zero || age > AgeMax))
            throw new InvalidQueryException($"An age of {age} is none; give one above zero and of at most {AgeMax.Days} days.");
        if (Cursor.Read(query.After, QueryName, keyCount: 2) is [var createdAt, _])
            Cursor.Number(createdAt);
    }

    /// <param name="query">Which transfers.</param>
    /// <param name="changedBefore">Only those last changed before this time; null for all.</param>
    public static ReadModelQuery<Page<TransferView>> Page(TransfersQuery query, DateTimeOffset? changedBefore)
    {
        // Through the legs when an account is asked for: then both tables' times are the same, and its index has the order.
        var (select, time, id) = query.AccountId is null
            ? (Select, "t.created_at", "t.transfer_id")
            : (SelectOfAccount, "l.created_at", "l.transfer_id");
        var text = new QueryText()
            .Bind("@take", query.Take + 1)
            .WhereIf(query.AccountId is not null, "l.account_id = @account", "@account", query.AccountId)
            .WhereIf(query.Status is not null, "t.status = @status", "@status", (int?)query.Status);
        // What was last changed before a time was made before it: the order of the pages is that of the making, which never
        // changes, and its index begins at the right place. (By clocks of silos that differ it may be found so much later.)
        if (changedBefore is { } before)
            text.Where($"{time} < @before", "@before", SqlTypes.Micros(before)).Where("t.changed_at < @before");
        if (Cursor.Read(query.After, QueryName, keyCount: 2) is [var createdAt, var transferId])
            text.Bind("@after_at", Cursor.Number(createdAt)).Bind("@after_id", transferId)
                .Before($"{time}, {id}", "@after_at, @after_id");
        return text.Add(select, $"order by {time} desc, {id} desc\nlimit @take").To(async results => QueryText.Page(
            await results.Next(ViewOf), query.Take, view => Cursor.Write(
                QueryName, SqlTypes.Micros(view.CreatedAt).ToString(CultureInfo.InvariantCulture), view.Id)));
    }

    private static TransferView ViewOf(DbDataReader reader) => new(
        reader.GetString(0),
        (TransferStatus)reader.GetInt32(1),
        JsonSerializer.Deserialize(reader.GetString(2), LedgerJson.Frozen.IReadOnlyListPosting)!,
        reader.Text(3),
        reader.Text(4) is { } failure ? JsonSerializer.Deserialize(failure, LedgerJson.Frozen.Refusal) : null,
        reader.GetInt64(5),
        SqlTypes.Time(reader.GetInt64(6)),
        SqlTypes.Day(reader.GetString(7)),
        reader.Text(8),
        new LogPosition(reader.GetInt32(9), reader.GetInt64(10)).ToString());
}
