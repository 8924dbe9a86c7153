using System.Security.Cryptography;
using System.Text;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Transfers;

// One command to one account. When its command id turns out to be taken, the other step was done and is to be undone.
internal sealed record AccountStep(string AccountId, AccountCommand Command, Guid CommandId, AccountStep? IfTaken = null);

// How a step ended: done, or refused by a rule. A step that nobody answered has not ended and is sent again.
internal sealed record StepOutcome(AccountStep Step, Refusal? Refusal);

/// <summary>
/// The way of a transfer, as a pure machine: hold on every payer, credit every receiver, capture every hold.
/// Invariants:
/// a step's command id follows from the transfer, the step and the account, so every repetition is exact;
/// each phase is in the transfer's journal before the next one sends anything, so a driver that has been overtaken learns
/// it from the conflict before it can do harm;
/// when an account refused, nothing is assumed about the others: each hold or credit that may have been done, or may still
/// be on its way, is first barred under its own command id, and undone if that id is taken.
/// </summary>
internal static class TransferProcess
{
    public static IReadOnlyList<AccountStep> NextSteps(string transferId, TransferState state)
    {
        var plan = TransferPlan.Of(state.Postings);
        var payers = plan.Where(part => part.Pays.Length > 0);
        return state.Status switch
        {
            TransferStatus.Holding => [.. payers.Select(part => Hold(transferId, part))],
            TransferStatus.Crediting =>
                [.. plan.Where(part => part.IsCredited).Select(part => Credit(transferId, part, state.Memo))],
            TransferStatus.Capturing => [.. payers.Select(part => Capture(transferId, part))],
            TransferStatus.Compensating when state.RefusedWhile == TransferStatus.Holding =>
                [.. payers.Select(part => Barred(transferId, "hold", part, Release(transferId, part)))],
            TransferStatus.Compensating =>
            [
                .. payers.Select(part => Release(transferId, part)),
                .. plan.Where(part => part.Receives.Length > 0)
                    .Select(part => Barred(transferId, "credit", part, Revoke(transferId, part))),
            ],
            _ => [],
        };
    }

    // What follows when every step of the phase has ended. Null: a refusal that no rule foresees in this phase (somebody
    // else released the hold by hand, say); the transfer stays where it is until a person has put the account right.
    public static TransferEvent? After(TransferState state, IReadOnlyList<StepOutcome> outcomes)
    {
        var refused = outcomes.FirstOrDefault(outcome => outcome.Refusal is not null);
        return state.Status switch
        {
            TransferStatus.Holding or TransferStatus.Crediting when refused is not null =>
                new TransferRefused(refused.Step.AccountId, refused.Refusal!),
            TransferStatus.Holding => new TransferHeld(),
            TransferStatus.Crediting => new TransferCredited(),
            TransferStatus.Capturing when refused is null => new TransferCompleted(),
            TransferStatus.Compensating when refused is null => new TransferFailed(),
            _ => null,
        };
    }

    // SHA-256 over the parts, each ended by a character that no id holds. Frozen: a transfer under way while the software
    // is replaced must find its own steps again.
    public static Guid StepId(string transferId, string step, string accountId)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"transfer-step\n{transferId}\n{step}\n{accountId}\n"));
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }

    private static AccountStep Hold(string transferId, AccountPart part) =>
        Step(transferId, "hold", part, new HoldFunds(transferId, part.Pays));

    private static AccountStep Credit(string transferId, AccountPart part, string? memo) =>
        Step(transferId, "credit", part, new CreditFunds(transferId, part.Receives, memo));

    private static AccountStep Capture(string transferId, AccountPart part) =>
        Step(transferId, "capture", part, new CaptureHold(transferId));

    private static AccountStep Release(string transferId, AccountPart part) =>
        Step(transferId, "release", part, new ReleaseHold(transferId));

    private static AccountStep Revoke(string transferId, AccountPart part) =>
        Step(transferId, "revoke", part, new RevokeCredit(transferId, part.Receives));

    private static AccountStep Barred(string transferId, string step, AccountPart part, AccountStep undo) =>
        Step(transferId, step, part, new BarTransfer(transferId)) with { IfTaken = undo };

    private static AccountStep Step(string transferId, string step, AccountPart part, AccountCommand command) =>
        new(part.AccountId, command, StepId(transferId, step, part.AccountId));
}
