namespace OrleansEs.Ledger.Accounts;

/// <summary>What one can ask of an account.</summary>
[GenerateSerializer, Immutable, Alias("account.command")]
public abstract record AccountCommand
{
    private protected AccountCommand() { }
}

/// <summary>What is known of a command by its kind.</summary>
public static class AccountCommandKinds
{
    /// <summary>True for a step of a transfer: silos let it in whatever is under way, since the transfer was let in.</summary>
    /// <param name="command">The command.</param>
    // No property: the hash of a command's body is taken of all of these.
    public static bool IsStepOfTransfer(this AccountCommand command) =>
        command is HoldFunds or CreditFunds or CaptureHold or ReleaseHold or RevokeCredit or BarTransfer;
}

/// <summary>Opens the account.</summary>
/// <param name="Owner">Whose it is; the account's id when null.</param>
/// <param name="Assets">The assets it takes; empty means all.</param>
/// <param name="Overdraft">How far below zero it may go, in whole units of each asset; null means without limit.</param>
[GenerateSerializer, Immutable, Alias("account.open")]
public sealed record OpenAccount(
    [property: Id(0)] string? Owner,
    [property: Id(1)] IReadOnlyList<Asset> Assets,
    [property: Id(2)] decimal? Overdraft) : AccountCommand;

/// <summary>Money comes in from the outside world.</summary>
/// <param name="Amount">How much; positive.</param>
/// <param name="Memo">A note; null for none.</param>
[GenerateSerializer, Immutable, Alias("account.deposit")]
public sealed record Deposit([property: Id(0)] Money Amount, [property: Id(1)] string? Memo) : AccountCommand;

/// <summary>Money goes out to the outside world.</summary>
/// <param name="Amount">How much; positive.</param>
/// <param name="Memo">A note; null for none.</param>
[GenerateSerializer, Immutable, Alias("account.withdraw")]
public sealed record Withdraw([property: Id(0)] Money Amount, [property: Id(1)] string? Memo) : AccountCommand;

/// <summary>Reserves funds for a transfer.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Amounts">How much of each asset; positive, each asset once.</param>
[GenerateSerializer, Immutable, Alias("account.hold")]
public sealed record HoldFunds(
    [property: Id(0)] string TransferId, [property: Id(1)] IReadOnlyList<Money> Amounts) : AccountCommand;

/// <summary>Pays the funds held for a transfer.</summary>
/// <param name="TransferId">The transfer.</param>
[GenerateSerializer, Immutable, Alias("account.capture")]
public sealed record CaptureHold([property: Id(0)] string TransferId) : AccountCommand;

/// <summary>Gives the funds held for a transfer back.</summary>
/// <param name="TransferId">The transfer.</param>
[GenerateSerializer, Immutable, Alias("account.release")]
public sealed record ReleaseHold([property: Id(0)] string TransferId) : AccountCommand;

/// <summary>Money of a transfer arrives.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Amounts">
/// How much of each asset; positive, each asset once. Empty only asks whether the account could be credited.
/// </param>
/// <param name="Memo">A note; null for none.</param>
[GenerateSerializer, Immutable, Alias("account.credit")]
public sealed record CreditFunds(
    [property: Id(0)] string TransferId,
    [property: Id(1)] IReadOnlyList<Money> Amounts,
    [property: Id(2)] string? Memo) : AccountCommand;

/// <summary>
/// Takes back what a transfer that failed later had credited. It may overdraw, for the money was never the account's, and
/// it works on frozen and closed accounts. The amounts go with the command, so that an account need not remember every
/// credit it ever got.
/// </summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Amounts">What had been credited: how much of each asset.</param>
[GenerateSerializer, Immutable, Alias("account.revoke-credit")]
public sealed record RevokeCredit(
    [property: Id(0)] string TransferId, [property: Id(1)] IReadOnlyList<Money> Amounts) : AccountCommand;

/// <summary>
/// Shuts the door on a step of a transfer that failed. It is sent with the command id of that hold or credit: if the step
/// was done, the id is taken and the command is refused as <see cref="RefusalCodes.CommandIdReused"/>; if not, the id is
/// taken now, and a copy of the step that is still on its way can never be applied.
/// </summary>
/// <param name="TransferId">The transfer.</param>
[GenerateSerializer, Immutable, Alias("account.bar-transfer")]
public sealed record BarTransfer([property: Id(0)] string TransferId) : AccountCommand;

/// <summary>Stops all money going out and in, but for what is under way.</summary>
[GenerateSerializer, Immutable, Alias("account.freeze")]
public sealed record FreezeAccount : AccountCommand;

/// <summary>Ends a freeze.</summary>
[GenerateSerializer, Immutable, Alias("account.unfreeze")]
public sealed record UnfreezeAccount : AccountCommand;

/// <summary>Closes the account for ever; only at zero and without holds.</summary>
[GenerateSerializer, Immutable, Alias("account.close")]
public sealed record CloseAccount : AccountCommand;
