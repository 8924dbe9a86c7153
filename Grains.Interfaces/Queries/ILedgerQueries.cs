using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Ledger.Queries;

/// <summary>
/// Answers queries from the read models. A stateless worker: ask key 0. Each answer says the positions it reflects.
/// Bad input (an unknown column or cursor) throws <see cref="InvalidQueryException"/>.
/// </summary>
[Alias("ledger.queries")]
public interface ILedgerQueries : IGrainWithIntegerKey
{
    /// <summary>Accounts: filtered, sorted, a page at a time.</summary>
    [Alias("accounts")]
    Task<Answer<Page<AccountView>>> Accounts(AccountsQuery query, Freshness freshness);

    /// <summary>Count, sum, average, minimum and maximum of balances, or of the changes of a month, grouped.</summary>
    [Alias("totals")]
    Task<Answer<TotalsView>> Totals(TotalsQuery query, Freshness freshness);

    /// <summary>The statement of an account in one asset by effective date; null value when there is no such account.</summary>
    [Alias("statement")]
    Task<Answer<IReadOnlyList<StatementView>?>> Statement(StatementQuery query, Freshness freshness);

    /// <summary>Transfers, newest first.</summary>
    [Alias("transfers")]
    Task<Answer<Page<TransferView>>> Transfers(TransfersQuery query, Freshness freshness);

    /// <summary>Events across the log.</summary>
    [Alias("audit")]
    Task<Answer<Page<HistoryEntry>>> Audit(AuditQuery query, Freshness freshness);
}

/// <summary>How fresh an answer must be.</summary>
/// <param name="AfterTokens">The read tokens it must include; empty means whatever is there.</param>
/// <param name="Timeout">How long to wait for them; then the answer is labelled stale.</param>
[GenerateSerializer, Immutable, Alias("ledger.freshness")]
public sealed record Freshness(
    [property: Id(0)] IReadOnlyList<string> AfterTokens, [property: Id(1)] TimeSpan Timeout)
{
    /// <summary>Whatever is there.</summary>
    public static Freshness Any { get; } = new([], TimeSpan.Zero);
}

/// <summary>An answer with its label.</summary>
/// <typeparam name="T">What was asked for.</typeparam>
/// <param name="Value">The answer.</param>
/// <param name="Positions">The read tokens it reflects, one for each partition.</param>
/// <param name="Stale">True when it does not include every token asked for, or something that had been shown before.</param>
/// <param name="Parked">
/// How many accounts or transfers are parked in the read model, since one of their events cannot be applied: of these the
/// positions do not hold, until an operator has put it right.
/// </param>
[GenerateSerializer, Immutable, Alias("ledger.answer`1")]
public sealed record Answer<T>(
    [property: Id(0)] T Value, [property: Id(1)] IReadOnlyList<string> Positions, [property: Id(2)] bool Stale,
    [property: Id(3)] int Parked);

/// <summary>A page.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The items of this page.</param>
/// <param name="Cursor">Give it to the same query for the next page; null at the end.</param>
[GenerateSerializer, Immutable, Alias("ledger.page`1")]
public sealed record Page<T>([property: Id(0)] IReadOnlyList<T> Items, [property: Id(1)] string? Cursor);

/// <summary>Which accounts.</summary>
[GenerateSerializer, Immutable, Alias("ledger.accounts-query")]
public sealed record AccountsQuery
{
    /// <summary>Only this owner's.</summary>
    [Id(0)]
    public string? Owner { get; init; }

    /// <summary>Only those that have a balance in this asset; the others' balances are left out.</summary>
    [Id(1)]
    public Asset? Asset { get; init; }

    /// <summary>Only those in this status.</summary>
    [Id(2)]
    public AccountStatus? Status { get; init; }

    /// <summary>Only balances of at least this many whole units; needs <see cref="Asset"/>.</summary>
    [Id(3)]
    public decimal? BalanceMin { get; init; }

    /// <summary>Only balances of at most this many whole units; needs <see cref="Asset"/>.</summary>
    [Id(4)]
    public decimal? BalanceMax { get; init; }

    /// <summary>
    /// <c>id</c>, <c>owner</c>, <c>status</c>, <c>version</c>, or with an asset <c>balance</c>, <c>held</c>, <c>available</c>;
    /// then by id. The greatest so many are the first page of the descending order. While accounts change, pages sorted by id
    /// or owner, which never change, show each account once that was there throughout. Sorted by another column, one whose
    /// key changes meanwhile may be shown twice or not at all.
    /// </summary>
    [Id(5)]
    public string Sort { get; init; } = "id";

    /// <summary>True for the greatest first.</summary>
    [Id(6)]
    public bool Descending { get; init; }

    /// <summary>How many: 1 to 1,000.</summary>
    [Id(7)]
    public int Take { get; init; } = 100;

    /// <summary>The cursor of the page before.</summary>
    [Id(8)]
    public string? After { get; init; }
}

/// <summary>What totals are grouped by.</summary>
public enum TotalsBy
{
    /// <summary>By asset.</summary>
    Asset,

    /// <summary>By owner, then asset.</summary>
    Owner,

    /// <summary>By status, then asset.</summary>
    Status,

    /// <summary>
    /// By month of the effective date, then asset. Not balances are counted but the lines of statements: each change of a
    /// balance (money that came in is positive, money that went out negative), in the month for which it holds.
    /// </summary>
    Month,
}

/// <summary>Which totals. All but the first are for <see cref="TotalsBy.Month"/> only.</summary>
/// <param name="By">What they are grouped by.</param>
[GenerateSerializer, Immutable, Alias("ledger.totals-query")]
public sealed record TotalsQuery([property: Id(0)] TotalsBy By)
{
    /// <summary>Only this account's.</summary>
    [Id(1)]
    public string? AccountId { get; init; }

    /// <summary>Only in this asset.</summary>
    [Id(2)]
    public Asset? Asset { get; init; }

    /// <summary>The first effective date; null for the beginning.</summary>
    [Id(3)]
    public DateOnly? From { get; init; }

    /// <summary>The last effective date; null for the end.</summary>
    [Id(4)]
    public DateOnly? To { get; init; }
}

/// <summary>Totals, and the check that everything sums to zero.</summary>
/// <param name="Groups">One entry for each group and asset.</param>
/// <param name="Sums">The double-entry check, one entry for each asset; empty by month.</param>
[GenerateSerializer, Immutable, Alias("ledger.totals-view")]
public sealed record TotalsView(
    [property: Id(0)] IReadOnlyList<TotalsGroup> Groups, [property: Id(1)] IReadOnlyList<ZeroSum> Sums);

/// <summary>The totals of one group in one asset. Sums are exact: they may be greater than 64 bits.</summary>
/// <param name="Group">The asset's, owner's or status' name; a month as <c>2026-11</c>.</param>
/// <param name="Asset">The asset.</param>
/// <param name="Count">How many accounts have had it; by month, how many changes there were.</param>
/// <param name="Sum">The sum of balances or changes, in whole units.</param>
/// <param name="Average">The average of them, in whole units, rounded half to even at the asset's scale.</param>
/// <param name="Minimum">The smallest, in minor units.</param>
/// <param name="Maximum">The greatest, in minor units.</param>
[GenerateSerializer, Immutable, Alias("ledger.totals-group")]
public sealed record TotalsGroup(
    [property: Id(0)] string Group,
    [property: Id(1)] Asset Asset,
    [property: Id(2)] long Count,
    [property: Id(3)] decimal Sum,
    [property: Id(4)] decimal Average,
    [property: Id(5)] long Minimum,
    [property: Id(6)] long Maximum);

/// <summary>The double-entry check of one asset, in whole units: the three parts sum to zero.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Accounts">The sum of all balances.</param>
/// <param name="World">What came in from the outside world, negative, plus what went out.</param>
/// <param name="InTransit">What transfers under way have captured less what they have credited.</param>
/// <param name="Difference">The sum of the three: zero, else money was lost or made.</param>
[GenerateSerializer, Immutable, Alias("ledger.zero-sum")]
public sealed record ZeroSum(
    [property: Id(0)] Asset Asset,
    [property: Id(1)] decimal Accounts,
    [property: Id(2)] decimal World,
    [property: Id(3)] decimal InTransit,
    [property: Id(4)] decimal Difference);

/// <summary>Which statement.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Asset">The asset; null for all of the account's.</param>
/// <param name="From">The first effective date; null for the beginning.</param>
/// <param name="To">The last effective date; null for the end.</param>
[GenerateSerializer, Immutable, Alias("ledger.statement-query")]
public sealed record StatementQuery(
    [property: Id(0)] string AccountId,
    [property: Id(1)] Asset? Asset,
    [property: Id(2)] DateOnly? From,
    [property: Id(3)] DateOnly? To);

/// <summary>A statement in one asset, in minor units.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Asset">The asset.</param>
/// <param name="Opening">The balance before the first line.</param>
/// <param name="Lines">The lines by effective date, then by version.</param>
/// <param name="Closing">The balance after the last line.</param>
[GenerateSerializer, Immutable, Alias("ledger.statement-view")]
public sealed record StatementView(
    [property: Id(0)] string AccountId,
    [property: Id(1)] Asset Asset,
    [property: Id(2)] long Opening,
    [property: Id(3)] IReadOnlyList<StatementLine> Lines,
    [property: Id(4)] long Closing);

/// <summary>A line of a statement.</summary>
/// <param name="EffectiveDate">From when on it holds.</param>
/// <param name="Version">The account's version with it.</param>
/// <param name="Type">The event type's stored name.</param>
/// <param name="Reference">The transfer, if any.</param>
/// <param name="Memo">A note; null for none.</param>
/// <param name="Amount">The change, in minor units.</param>
/// <param name="Balance">The running balance after it, in minor units.</param>
[GenerateSerializer, Immutable, Alias("ledger.statement-line")]
public sealed record StatementLine(
    [property: Id(0)] DateOnly EffectiveDate,
    [property: Id(1)] long Version,
    [property: Id(2)] string Type,
    [property: Id(3)] string? Reference,
    [property: Id(4)] string? Memo,
    [property: Id(5)] long Amount,
    [property: Id(6)] long Balance);

/// <summary>Which transfers.</summary>
/// <param name="Status">Only those in this status.</param>
/// <param name="AccountId">Only those with a leg on this account.</param>
/// <param name="Take">How many: 1 to 1,000.</param>
/// <param name="After">The cursor of the page before.</param>
/// <param name="OlderThan">Only those that nothing has changed for so long, by the silo's clock; null for all.</param>
[GenerateSerializer, Immutable, Alias("ledger.transfers-query")]
public sealed record TransfersQuery(
    [property: Id(0)] TransferStatus? Status,
    [property: Id(1)] string? AccountId,
    [property: Id(2)] int Take,
    [property: Id(3)] string? After,
    [property: Id(4)] TimeSpan? OlderThan = null);

/// <summary>Which events: all conditions that are set must hold. Sorted by recorded time, then place in the log.</summary>
[GenerateSerializer, Immutable, Alias("ledger.audit-query")]
public sealed record AuditQuery
{
    /// <summary>Recorded at or after this time.</summary>
    [Id(0)]
    public DateTimeOffset? From { get; init; }

    /// <summary>Recorded before this time.</summary>
    [Id(1)]
    public DateTimeOffset? To { get; init; }

    /// <summary>Of this event type.</summary>
    [Id(2)]
    public string? Type { get; init; }

    /// <summary>Asked for by this actor.</summary>
    [Id(3)]
    public string? Actor { get; init; }

    /// <summary>Belonging to this correlation id.</summary>
    [Id(4)]
    public string? CorrelationId { get; init; }

    /// <summary>Of this journal.</summary>
    [Id(5)]
    public string? Journal { get; init; }

    /// <summary>How many: 1 to 1,000.</summary>
    [Id(6)]
    public int Take { get; init; } = 100;

    /// <summary>The cursor of the page before.</summary>
    [Id(7)]
    public string? After { get; init; }
}

/// <summary>A query is not of the form it must have; the message names the input and the remedy.</summary>
[GenerateSerializer, Alias("ledger.invalid-query")]
public sealed class InvalidQueryException : Exception
{
    /// <summary>Says which input is wrong and what it may be.</summary>
    public InvalidQueryException(string message) : base(message) { }
}
