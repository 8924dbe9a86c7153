using OrleansEs.EventLog;
using OrleansEs.EventLog.Consistency;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Transfers;

// What every step of one transfer says of itself: it belongs to the request that created the transfer.
internal sealed record StepOrigin(string? Actor, string CorrelationId, string CausationId, DateOnly EffectiveDate)
{
    // From what the log knows of the transfer's first event.
    public static StepOrigin Of(Guid commandId, EventMetadata created, DateOnly effectiveDate) =>
        new(created.Actor, created.CorrelationId ?? commandId.ToString(), commandId.ToString(), effectiveDate);

    // What goes with a step to its account.
    public CommandHeader ToHeader(AccountStep step, TimeSpan timeout) => new()
    {
        CommandId = step.CommandId,
        Actor = Actor ?? "transfer",
        CorrelationId = CorrelationId,
        CausationId = CausationId,
        EffectiveDate = EffectiveDate,
        Timeout = timeout,
    };

    // What goes with the end of a phase into the transfer's journal. One id for each phase: whichever driver says first how
    // it ended is right, and the others learn it.
    public CommandContext ToAdvance(string transferId, TransferStatus from, TimeSpan timeout) => new()
    {
        CommandId = TransferProcess.StepId(transferId, $"advance:{from}", ""),
        Actor = Actor,
        CorrelationId = CorrelationId,
        CausationId = CausationId,
        EffectiveDate = EffectiveDate,
        Timeout = timeout,
        FinishesWork = true,
    };
}
