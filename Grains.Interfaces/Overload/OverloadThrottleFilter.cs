using System.Diagnostics.Metrics;
using Orleans.Serialization.Invocation;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Ledger.Overload;

/// <summary>
/// Asks the throttle before a command is sent, and tells it how the command was answered. What is not sent is answered like what a
/// silo refuses for overload. Everything that is no command of an account or a transfer passes untouched and uncounted.
/// </summary>
internal sealed class OverloadThrottleFilter : IOutgoingGrainCallFilter
{
    private static readonly Refusal s_spared = new(
        RefusalCodes.Overloaded,
        "This client did not send the command, since the silos refuse most of what it sends for overload.",
        "Nothing was written; try again a little later, or with fewer at once.");

    private readonly OverloadThrottle _throttle;
    private readonly Counter<long> _spared;

    public OverloadThrottleFilter(OverloadThrottle throttle, IMeterFactory meters)
    {
        _throttle = throttle;
        _spared = meters.Create(OverloadThrottleExtensions.MeterName).CreateCounter<long>(
            "orleanses.client.spared", "{command}", "Commands that were refused here, since the silos are overloaded.");
    }

    /// <inheritdoc/>
    public Task Invoke(IOutgoingGrainCallContext context)
    {
        var request = context.Request;
        if (request.GetArgumentCount() != 2 || request.GetArgument(1) is not CommandHeader header)
            return context.Invoke();
        var command = request.GetArgument(0);
        if (command is not CreateTransfer && (command is not AccountCommand ofAccount || ofAccount.IsStepOfTransfer()))
            return context.Invoke();
        var grain = context.TargetId.GetUniformHashCode();
        // Only an answer can tell what became of a command that may be done: it is asked for at any price.
        if (header.IsRetry || !_throttle.Spares(grain))
            return Send(context, grain);
        _spared.Add(1);
        var refused = new CommandResult { Status = CommandStatus.Unavailable, CommandId = header.CommandId, Refusal = s_spared };
        context.Result = command is CreateTransfer ? new TransferResult(refused, null, []) : refused;
        return Task.CompletedTask;
    }

    // A call that throws (it was lost, or nobody answered in time) says nothing about overload, and is not counted.
    private async Task Send(IOutgoingGrainCallContext context, uint grain)
    {
        await context.Invoke().ConfigureAwait(false);
        if (ResultOf(context.Response) is { } result)
            _throttle.Answered(grain, refused: result is
            {
                Status: CommandStatus.Unavailable, Refusal.Code: RefusalCodes.Overloaded,
            });
    }

    private static CommandResult? ResultOf(Response? response) => response is not { Exception: null } ? null : response.Result switch
    {
        CommandResult result => result,
        TransferResult transfer => transfer.Result,
        _ => null,
    };
}
