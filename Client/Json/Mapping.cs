using System.Globalization;
using System.Text.Json;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Json;

/// <summary>The ledger's views to their JSON.</summary>
internal static class Mapping
{
    /// <summary>The word for a value: camelCase, as all names in the JSON.</summary>
    public static string Word(Enum value)
    {
        var name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    /// <summary>Minor units as decimal text.</summary>
    public static string Amount(long minorUnits, Asset asset) => new Money(minorUnits, asset).ToDecimalText();

    /// <summary>Whole units as decimal text with the asset's decimals.</summary>
    public static string Amount(decimal wholeUnits, Asset asset) =>
        wholeUnits.ToString("F" + asset.Scale.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    public static RefusalJson? Of(Refusal? refusal) =>
        refusal is null ? null : new RefusalJson(refusal.Code, refusal.Message, refusal.Remedy, refusal.Code
            is RefusalCodes.Unavailable or RefusalCodes.Overloaded or RefusalCodes.OutcomeUnknown or RefusalCodes.TooMuchContention);

    public static CommandJson Of(string id, CommandResult result) =>
        new(id, Word(result.Status), result.CommandId, result.Duplicate, result.Version, result.Token, Of(result.Refusal));

    public static AccountJson Of(AccountView account) =>
        new(account.Id, account.Owner, Word(account.Status), account.Version,
            [.. account.Assets.Select(asset => asset.ToString())],
            account.Overdraft?.ToString(CultureInfo.InvariantCulture) ?? "unlimited",
            [.. account.Balances.Select(Of)], account.Token);

    public static TransferJson Of(TransferView transfer) =>
        new(transfer.Id, Word(transfer.Status), [.. transfer.Postings.Select(Of)], transfer.Memo, Of(transfer.Failure),
            transfer.Version, transfer.CreatedAt, transfer.EffectiveDate, transfer.CorrelationId, transfer.Token);

    public static TransferResultJson Of(string id, TransferResult result) =>
        new(id, Word(result.Result.Status), result.Result.CommandId, result.Result.Duplicate, result.Result.Version,
            result.Result.Token, result.Tokens, Of(result.Result.Refusal),
            result.Transfer is { } transfer ? Of(transfer) : null);

    public static PageJson<TJson> Of<T, TJson>(Answer<Page<T>> answer, Func<T, TJson> map) =>
        new([.. answer.Value.Items.Select(map)], answer.Value.Cursor, answer.Positions, answer.Stale, answer.Parked);

    public static StatementsJson Of(
        string account, IReadOnlyList<StatementView> statements, Answer<IReadOnlyList<StatementView>?> answer) =>
        new(account, [.. statements.Select(Of)], answer.Positions, answer.Stale, answer.Parked);

    public static StatementJson Of(StatementView statement) =>
        new(statement.AccountId, statement.Asset.ToString(), Amount(statement.Opening, statement.Asset),
            [.. statement.Lines.Select(line => Of(line, statement.Asset))], Amount(statement.Closing, statement.Asset));

    public static TotalsJson Of(Answer<TotalsView> answer) =>
        new([.. answer.Value.Groups.Select(Of)], [.. answer.Value.Sums.Select(Of)], answer.Positions, answer.Stale,
            answer.Parked);

    public static EntryJson Of(HistoryEntry entry)
    {
        using var content = JsonDocument.Parse(entry.Content);
        return new EntryJson(
            entry.Journal, entry.Version, entry.Token, entry.Type, entry.RecordedAt, entry.EffectiveDate, entry.Actor,
            entry.CommandId, entry.CorrelationId, entry.CausationId, content.RootElement.Clone());
    }

    public static ReadModelJson Of(ReadModelStatus model)
    {
        var live = model.Live;
        var position = live.Parts.Sum(part => part.Position);
        var head = live.Parts.Sum(part => part.Head);
        var state = model.Paused ? "paused"
            : live.Parts.FirstOrDefault(part => part.State is not "live") is { } odd ? odd.State
            : "live";
        return new ReadModelJson(
            model.Name, live.Version, live.Number, model.Paused, state, position, head, head - position,
            live.Parts.Max(part => part.LagSeconds), live.Parts.Sum(part => part.Rate), live.Parts.Sum(part => part.Parked),
            [.. live.Parts.Select(Of)], [.. model.Builds.Select(Of)]);
    }

    private static BuildJson Of(ReadModelBuildStatus build)
    {
        var position = build.Parts.Sum(part => part.Position);
        var head = build.Parts.Sum(part => part.Head);
        return new BuildJson(
            build.Number, build.Version, Word(build.State), position, head, head - position,
            build.Parts.Sum(part => part.Rate), build.ChangedAt, build.Floor);
    }

    public static LogStatsJson Of(LogStats stats) =>
        new(stats.LogId, stats.Schema, stats.Heads.Sum(),
            [.. stats.Heads.Index().Select(partition => new PartitionJson(partition.Index, partition.Item))]);

    private static BalanceJson Of(BalanceView balance) =>
        new(balance.Asset.ToString(), Amount(balance.Balance, balance.Asset), Amount(balance.Held, balance.Asset),
            Amount(balance.Available, balance.Asset));

    private static PostingJson Of(Posting posting) =>
        new(posting.AccountId, posting.Amount.ToDecimalText(), posting.Amount.Asset.ToString());

    private static StatementLineJson Of(StatementLine line, Asset asset) =>
        new(line.EffectiveDate, line.Version, line.Type, line.Reference, line.Memo, Amount(line.Amount, asset),
            Amount(line.Balance, asset));

    public static TotalsGroupJson Of(TotalsGroup group) =>
        new(group.Group, group.Asset.ToString(), group.Count, Amount(group.Sum, group.Asset),
            Amount(group.Average, group.Asset), Amount(group.Minimum, group.Asset), Amount(group.Maximum, group.Asset));

    public static ZeroSumJson Of(ZeroSum sum) =>
        new(sum.Asset.ToString(), Amount(sum.Accounts, sum.Asset), Amount(sum.World, sum.Asset),
            Amount(sum.InTransit, sum.Asset), Amount(sum.Difference, sum.Asset));

    private static PartJson Of(ReadModelPartStatus part) => new(
        part.Partition, part.Position, part.Head, part.Head - part.Position, part.LagSeconds, part.Rate, part.Parked, part.State,
        part.Error, part.Silo);

    public static ParkedJson Of(ParkedEvent parked) =>
        new(parked.ReadModel, parked.Journal.Value, parked.Version, parked.At.ToString(), parked.Type, parked.State, parked.Attempts,
            parked.Error, parked.Since, parked.NextAt, parked.Build);
}
