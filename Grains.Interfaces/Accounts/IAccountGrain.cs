using Orleans.Concurrency;

namespace OrleansEs.Ledger.Accounts;

/// <summary>
/// One account, keyed by its id: 1 to 128 characters, letters, digits and <c>space : . _ - &amp;</c>, case-sensitive, with no
/// leading or trailing space.
/// </summary>
[Alias("ledger.account")]
public interface IAccountGrain : IGrainWithStringKey
{
    /// <summary>
    /// Executes a command; answers within the header's timeout. Commands are decided one after the other; they interleave so
    /// that one which cannot be served in time is told so at once, however many wait.
    /// </summary>
    [Alias("execute"), AlwaysInterleave]
    Task<CommandResult> Execute(AccountCommand command, CommandHeader header);

    /// <summary>The account now, or as it was; null when it had not been opened.</summary>
    [Alias("show")]
    Task<AccountView?> Show(AsOf asOf);

    /// <summary>The account's events after a version, at most so many.</summary>
    [Alias("history")]
    Task<IReadOnlyList<HistoryEntry>> History(long afterVersion, int countMax);
}

/// <summary>Which moment of a journal is meant. At most one is set; none means now.</summary>
[GenerateSerializer, Immutable, Alias("ledger.as-of")]
public sealed record AsOf
{
    /// <summary>Now.</summary>
    public static AsOf Now { get; } = new();

    /// <summary>After that many events.</summary>
    [Id(0)]
    public long? Version { get; init; }

    /// <summary>What had been recorded at that time.</summary>
    [Id(1)]
    public DateTimeOffset? Time { get; init; }

    /// <summary>What holds at the end of that day, by effective date, as known now.</summary>
    [Id(2)]
    public DateOnly? EffectiveDate { get; init; }

    /// <summary>
    /// At that place of the log: after those of its events that stand there or before it. A read token of the partition that
    /// holds the account, such as an answer's position.
    /// </summary>
    [Id(3)]
    public string? Position { get; init; }
}

/// <summary>Whether an account can be used.</summary>
public enum AccountStatus
{
    /// <summary>It can be used.</summary>
    Open,

    /// <summary>No money goes in or out.</summary>
    Frozen,

    /// <summary>It is closed for ever.</summary>
    Closed,
}

/// <summary>An account as people see it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Status">Whether it can be used.</param>
/// <param name="Version">How many events it has had.</param>
/// <param name="Assets">The assets it takes; empty means all.</param>
/// <param name="Overdraft">How far below zero it may go, in whole units; null means without limit.</param>
/// <param name="Balances">Its balances, sorted by asset.</param>
/// <param name="Token">The read token of its last event.</param>
[GenerateSerializer, Immutable, Alias("ledger.account-view")]
public sealed record AccountView(
    [property: Id(0)] string Id,
    [property: Id(1)] string Owner,
    [property: Id(2)] AccountStatus Status,
    [property: Id(3)] long Version,
    [property: Id(4)] IReadOnlyList<Asset> Assets,
    [property: Id(5)] decimal? Overdraft,
    [property: Id(6)] IReadOnlyList<BalanceView> Balances,
    [property: Id(7)] string? Token);

/// <summary>What an account has of one asset, in minor units.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Balance">All that is booked, held funds included.</param>
/// <param name="Held">What is reserved for transfers under way.</param>
/// <param name="Available">What can be spent without the overdraft: balance less held.</param>
[GenerateSerializer, Immutable, Alias("ledger.balance-view")]
public sealed record BalanceView(
    [property: Id(0)] Asset Asset,
    [property: Id(1)] long Balance,
    [property: Id(2)] long Held,
    [property: Id(3)] long Available);

/// <summary>One event as people see it.</summary>
/// <param name="Journal">The journal.</param>
/// <param name="Version">Its place there.</param>
/// <param name="Token">Its place in the log.</param>
/// <param name="Type">The event type's stored name.</param>
/// <param name="RecordedAt">When it was recorded, UTC.</param>
/// <param name="EffectiveDate">From when on it holds.</param>
/// <param name="Actor">Who asked for it.</param>
/// <param name="CommandId">The command that it came from.</param>
/// <param name="CorrelationId">What it belongs to.</param>
/// <param name="CausationId">What led to it.</param>
/// <param name="Content">The event itself as JSON.</param>
[GenerateSerializer, Immutable, Alias("ledger.history-entry")]
public sealed record HistoryEntry(
    [property: Id(0)] string Journal,
    [property: Id(1)] long Version,
    [property: Id(2)] string Token,
    [property: Id(3)] string Type,
    [property: Id(4)] DateTimeOffset RecordedAt,
    [property: Id(5)] DateOnly EffectiveDate,
    [property: Id(6)] string? Actor,
    [property: Id(7)] Guid CommandId,
    [property: Id(8)] string? CorrelationId,
    [property: Id(9)] string? CausationId,
    [property: Id(10)] string Content);
