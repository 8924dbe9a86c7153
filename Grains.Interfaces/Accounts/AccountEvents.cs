namespace OrleansEs.Ledger.Accounts;

/// <summary>
/// What has happened to an account. The aliases are the names in the log: they are frozen.
/// Every event is a double entry by itself: what it does to the balance has its counterpart in the outside world
/// (deposits, withdrawals) or in the transfer under way (credits, captures), so the sum is zero after each one.
/// </summary>
[GenerateSerializer, Immutable, Alias("account.event")]
public abstract record AccountEvent
{
    private protected AccountEvent() { }
}

/// <summary>The account was opened.</summary>
/// <param name="Owner">Whose it is.</param>
/// <param name="Assets">The assets it takes; empty means all.</param>
/// <param name="Overdraft">How far below zero it may go, in whole units of each asset; null means without limit.</param>
[GenerateSerializer, Immutable, Alias("account.opened")]
public sealed record AccountOpened(
    [property: Id(0)] string Owner,
    [property: Id(1)] IReadOnlyList<Asset> Assets,
    [property: Id(2)] decimal? Overdraft) : AccountEvent;

/// <summary>Money came in: account +, world −.</summary>
/// <param name="Amount">How much.</param>
/// <param name="Memo">A note; null for none.</param>
[GenerateSerializer, Immutable, Alias("account.deposited")]
public sealed record AccountDeposited([property: Id(0)] Money Amount, [property: Id(1)] string? Memo) : AccountEvent;

/// <summary>Money went out: account −, world +.</summary>
/// <param name="Amount">How much.</param>
/// <param name="Memo">A note; null for none.</param>
[GenerateSerializer, Immutable, Alias("account.withdrawn")]
public sealed record AccountWithdrawn([property: Id(0)] Money Amount, [property: Id(1)] string? Memo) : AccountEvent;

/// <summary>Funds were reserved: the balance stays, less of it is available.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Amounts">How much of each asset.</param>
[GenerateSerializer, Immutable, Alias("account.funds-held")]
public sealed record FundsHeld(
    [property: Id(0)] string TransferId, [property: Id(1)] IReadOnlyList<Money> Amounts) : AccountEvent;

/// <summary>Held funds were paid: account −, transfer +.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Amounts">How much of each asset.</param>
[GenerateSerializer, Immutable, Alias("account.hold-captured")]
public sealed record HoldCaptured(
    [property: Id(0)] string TransferId, [property: Id(1)] IReadOnlyList<Money> Amounts) : AccountEvent;

/// <summary>Held funds were given back.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Amounts">How much of each asset.</param>
[GenerateSerializer, Immutable, Alias("account.hold-released")]
public sealed record HoldReleased(
    [property: Id(0)] string TransferId, [property: Id(1)] IReadOnlyList<Money> Amounts) : AccountEvent;

/// <summary>Money of a transfer arrived: account +, transfer −.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Amounts">How much of each asset.</param>
/// <param name="Memo">A note; null for none.</param>
[GenerateSerializer, Immutable, Alias("account.credited")]
public sealed record AccountCredited(
    [property: Id(0)] string TransferId,
    [property: Id(1)] IReadOnlyList<Money> Amounts,
    [property: Id(2)] string? Memo) : AccountEvent;

/// <summary>A credit was taken back, since its transfer failed: account −, transfer +.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Amounts">How much of each asset.</param>
[GenerateSerializer, Immutable, Alias("account.credit-revoked")]
public sealed record CreditRevoked(
    [property: Id(0)] string TransferId, [property: Id(1)] IReadOnlyList<Money> Amounts) : AccountEvent;

/// <summary>
/// A step of a transfer that failed had not been done here, and never will be. It may stand in the journal of an account
/// that was never opened.
/// </summary>
/// <param name="TransferId">The transfer.</param>
[GenerateSerializer, Immutable, Alias("account.transfer-barred")]
public sealed record TransferBarred([property: Id(0)] string TransferId) : AccountEvent;

/// <summary>
/// A command was refused whose earlier try had never been answered; that try, if it still arrives, meets this and is refused
/// too. It may stand in the journal of an account that was never opened.
/// </summary>
/// <param name="Code">The reason, one of <see cref="RefusalCodes"/>.</param>
/// <param name="Message">What was wrong, naming the input.</param>
/// <param name="Remedy">What to do about it.</param>
[GenerateSerializer, Immutable, Alias("account.command-refused")]
public sealed record CommandRefused(
    [property: Id(0)] string Code, [property: Id(1)] string Message, [property: Id(2)] string Remedy)
    : AccountEvent;

/// <summary>The account was frozen.</summary>
[GenerateSerializer, Immutable, Alias("account.frozen")]
public sealed record AccountFrozen : AccountEvent;

/// <summary>The freeze ended.</summary>
[GenerateSerializer, Immutable, Alias("account.unfrozen")]
public sealed record AccountUnfrozen : AccountEvent;

/// <summary>The account was closed.</summary>
[GenerateSerializer, Immutable, Alias("account.closed")]
public sealed record AccountClosed : AccountEvent;
