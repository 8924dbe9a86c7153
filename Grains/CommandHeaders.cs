using OrleansEs.EventLog;
using OrleansEs.EventLog.Consistency;
using OrleansEs.Ledger;

namespace OrleansEs.Grains;

// From the wire's header to the library's context, and from its outcome to the wire's result.
internal static class CommandHeaders
{
    // Orleans gives up a call after 30 s: an answer must come before that, whatever the caller wishes.
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromSeconds(25);

    private const int TextLengthMax = 200;

    // Why a command to this grain cannot be taken at all; null when it can.
    public static Refusal? Refusal(string id, CommandHeader? header)
    {
        if (!LedgerId.TryParse(id, out var reason))
            return Refusals.InvalidInput(reason);
        if (header is null || header.CommandId == Guid.Empty)
            return Refusals.InvalidInput("The command has no id.");
        if (header.Timeout <= TimeSpan.Zero)
            return Refusals.InvalidInput($"The timeout {header.Timeout} is not positive.");
        return TextRefusal("actor", header.Actor) ?? TextRefusal("correlation id", header.CorrelationId)
            ?? TextRefusal("causation id", header.CausationId);
    }

    public static TimeSpan TimeoutOf(CommandHeader header) => header.Timeout < TimeoutMax ? header.Timeout : TimeoutMax;

    public static CommandContext ToContext(this CommandHeader header, bool finishesWork = false) => new()
    {
        CommandId = header.CommandId,
        Actor = header.Actor,
        CorrelationId = header.CorrelationId,
        CausationId = header.CausationId,
        EffectiveDate = header.EffectiveDate,
        Timeout = TimeoutOf(header),
        IsRetry = header.IsRetry,
        FinishesWork = finishesWork,
    };

    public static CommandResult Done(Guid commandId, long version, string? token, bool duplicate) => new()
    {
        Status = CommandStatus.Done, CommandId = commandId, Version = version, Token = token, Duplicate = duplicate,
    };

    public static CommandResult NotDone(
        CommandStatus status, Guid commandId, Refusal refusal, long version = 0, LogPosition? last = null) => new()
    {
        Status = status, CommandId = commandId, Refusal = refusal, Version = version, Token = last?.ToString(),
    };

    private static Refusal? TextRefusal(string what, string? text)
    {
        if (text is null || (text.Length <= TextLengthMax && !text.Any(char.IsControl)))
            return null;
        return Refusals.InvalidInput(
            $"The {what} '{LedgerText.Shown(text)}' is longer than {TextLengthMax} characters or holds control characters.");
    }
}
