namespace OrleansEs.Ledger;

/// <summary>How a command ended.</summary>
public enum CommandStatus
{
    /// <summary>It is done and durable.</summary>
    Done,

    /// <summary>A rule refused it; nothing was written.</summary>
    Refused,

    /// <summary>
    /// The service could not do it in time. This call wrote nothing, and a retry may work; if an earlier call with this
    /// command id ended <see cref="Unknown"/>, only a retry with the same id tells.
    /// </summary>
    Unavailable,

    /// <summary>It was sent and its answer was lost; a retry with the same command id tells the truth.</summary>
    Unknown,
}

/// <summary>The answer to a command.</summary>
[GenerateSerializer, Immutable, Alias("ledger.command-result")]
public sealed record CommandResult
{
    /// <summary>How it ended.</summary>
    [Id(0)]
    public required CommandStatus Status { get; init; }

    /// <summary>The command that this answers.</summary>
    [Id(1)]
    public required Guid CommandId { get; init; }

    /// <summary>True when the command had been applied before: this is its first outcome.</summary>
    [Id(2)]
    public bool Duplicate { get; init; }

    /// <summary>The version of the account or transfer after it.</summary>
    [Id(3)]
    public long Version { get; init; }

    /// <summary>The read token: give it to a query that must see this. Null when nothing was ever written.</summary>
    [Id(4)]
    public string? Token { get; init; }

    /// <summary>Why it was not done; null when it was.</summary>
    [Id(5)]
    public Refusal? Refusal { get; init; }
}

/// <summary>Why something was not done.</summary>
/// <param name="Code">A frozen name of the reason, for programs: see <see cref="RefusalCodes"/>.</param>
/// <param name="Message">What was wrong, naming the input.</param>
/// <param name="Remedy">What to do about it.</param>
[GenerateSerializer, Immutable, Alias("ledger.refusal")]
public sealed record Refusal(
    [property: Id(0)] string Code, [property: Id(1)] string Message, [property: Id(2)] string Remedy);

/// <summary>The frozen names of all reasons.</summary>
public static class RefusalCodes
{
    /// <summary>No such account has been opened.</summary>
    public const string AccountNotFound = "account-not-found";

    /// <summary>The account has been opened before, by another command.</summary>
    public const string AccountExists = "account-exists";

    /// <summary>The account is frozen.</summary>
    public const string AccountFrozen = "account-frozen";

    /// <summary>The account is not frozen.</summary>
    public const string AccountNotFrozen = "account-not-frozen";

    /// <summary>The account is closed.</summary>
    public const string AccountClosed = "account-closed";

    /// <summary>An account is closed only at zero and without holds.</summary>
    public const string AccountNotEmpty = "account-not-empty";

    /// <summary>The account does not take this asset.</summary>
    public const string AssetNotAllowed = "asset-not-allowed";

    /// <summary>The available balance and the overdraft do not cover it.</summary>
    public const string InsufficientFunds = "insufficient-funds";

    /// <summary>The sum does not fit into 64 bits of minor units.</summary>
    public const string AmountOverflow = "amount-overflow";

    /// <summary>An amount that must be positive is not.</summary>
    public const string AmountNotPositive = "amount-not-positive";

    /// <summary>The account has no hold of that transfer.</summary>
    public const string HoldNotFound = "hold-not-found";

    /// <summary>The account has a hold of that transfer already.</summary>
    public const string HoldExists = "hold-exists";

    /// <summary>The command id was used before with another body.</summary>
    public const string CommandIdReused = "command-id-reused";

    /// <summary>The postings of a transfer do not sum to zero per asset, or are too few or too many.</summary>
    public const string TransferUnbalanced = "transfer-unbalanced";

    /// <summary>No such transfer has been created.</summary>
    public const string TransferNotFound = "transfer-not-found";

    /// <summary>A transfer of that id exists with other postings.</summary>
    public const string TransferExists = "transfer-exists";

    /// <summary>The input is not of the form it must have.</summary>
    public const string InvalidInput = "invalid-input";

    /// <summary>Too many others changed the same thing at the same time.</summary>
    public const string TooMuchContention = "too-much-contention";

    /// <summary>The service could not do it before the deadline.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>More is asked for than the service can do in time; it was not begun.</summary>
    public const string Overloaded = "overloaded";

    /// <summary>The answer was lost.</summary>
    public const string OutcomeUnknown = "outcome-unknown";
}
