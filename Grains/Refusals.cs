using OrleansEs.EventLog;
using OrleansEs.Ledger;

namespace OrleansEs.Grains;

// Every reason the ledger gives for refusing something, with its words: one place, so that two rules never say it two ways.
internal static class Refusals
{
    public static Refusal InvalidInput(string message) =>
        new(RefusalCodes.InvalidInput, message, "Correct the input.");

    public static Refusal AmountNotPositive(Money amount) =>
        new(RefusalCodes.AmountNotPositive, $"The amount {amount} is not positive.", "Give an amount greater than zero.");

    public static Refusal AccountNotFound(string id) =>
        new(RefusalCodes.AccountNotFound, $"There is no account '{id}'.", "Open it first, or correct the id.");

    public static Refusal AccountExists(string id) =>
        new(RefusalCodes.AccountExists, $"The account '{id}' exists.", "Choose another id, or use the account.");

    public static Refusal AccountFrozen(string id) =>
        new(RefusalCodes.AccountFrozen, $"The account '{id}' is frozen.", "Unfreeze it first.");

    public static Refusal AccountNotFrozen(string id) =>
        new(RefusalCodes.AccountNotFrozen, $"The account '{id}' is not frozen.", "There is nothing to do.");

    public static Refusal AccountClosed(string id) =>
        new(RefusalCodes.AccountClosed, $"The account '{id}' is closed.", "Use another account: a closed one stays closed.");

    public static Refusal AccountNotEmpty(string id, string what) =>
        new(RefusalCodes.AccountNotEmpty, $"The account '{id}' still has {what}.",
            "Bring every balance to zero and let transfers under way end, then close it.");

    public static Refusal AssetNotAllowed(string id, Asset asset, IEnumerable<Asset> allowed) =>
        new(RefusalCodes.AssetNotAllowed, $"The account '{id}' does not take {asset}.",
            $"It takes {string.Join(", ", allowed)}; use another account for {asset}.");

    public static Refusal InsufficientFunds(string id, Money wanted, Money available, Money overdraft) =>
        new(RefusalCodes.InsufficientFunds,
            $"The account '{id}' has {available} available"
            + (overdraft.MinorUnits > 0 ? $" and an overdraft of {overdraft.ToDecimalText()}" : "") + $"; {wanted} is needed.",
            "Deposit first, or take less.");

    public static Refusal AmountOverflow(string id, Money amount) =>
        new(RefusalCodes.AmountOverflow, $"With {amount} the account '{id}' would leave the range of 64 bits of minor units.",
            "Use smaller amounts, or an asset with fewer decimals.");

    public static Refusal HoldNotFound(string id, string transferId) =>
        new(RefusalCodes.HoldNotFound, $"The account '{id}' holds nothing for the transfer '{transferId}'.",
            "Look at the transfer: it may have ended.");

    public static Refusal HoldExists(string id, string transferId) =>
        new(RefusalCodes.HoldExists, $"The account '{id}' holds funds for the transfer '{transferId}' already.",
            "Use another transfer id.");

    public static Refusal CommandIdReused(Guid commandId) =>
        new(RefusalCodes.CommandIdReused, $"The command id {commandId} was used before for something else.",
            "Make a new command id for a new command; keep it only to repeat the same one.");

    public static Refusal TransferUnbalanced(string message) =>
        new(RefusalCodes.TransferUnbalanced, message, "Make the postings sum to zero in every asset.");

    public static Refusal TransferExists(string id) =>
        new(RefusalCodes.TransferExists, $"The transfer '{id}' exists with other content (postings or memo).",
            "Choose another transfer id.");

    public static Refusal TooMuchContention(string id) =>
        new(RefusalCodes.TooMuchContention, $"Too many others changed '{id}' at the same time.", "Try again.");

    public static Refusal UnderWay(string id) =>
        new(RefusalCodes.Unavailable, $"The transfer '{id}' is under way and did not end in time.",
            "It goes on by itself; ask again with the same transfer id to learn how it ended.");

    public static Refusal Stopping() => Unavailable("The silo is stopping.");

    public static Refusal Unavailable(string message) =>
        new(RefusalCodes.Unavailable, message, "This call wrote nothing; try again with the same command id.");

    public static Refusal Unavailable(EventLogUnavailableException unavailable) => unavailable is EventLogOverloadedException
        ? Overloaded(unavailable.Message)
        : Unavailable(unavailable.Message);

    public static Refusal Overloaded(string message) =>
        new(RefusalCodes.Overloaded, message, "This call wrote nothing; try again a little later, or with fewer at once.");

    public static Refusal OutcomeUnknown(string message) =>
        new(RefusalCodes.OutcomeUnknown, message, "It may be done; ask again with the same command id to learn it.");
}
