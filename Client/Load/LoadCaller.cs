using System.Collections.Concurrent;
using OrleansEs.Client.Json;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Load;

/// <summary>
/// Sends commands, each until it knows what became of it: an answer that is lost or "not now" is asked for again with the
/// same command id, until the deadline.
/// </summary>
internal sealed class LoadCaller(IGrainFactory cluster, LoadTally tally, LoadHistory history, LoadClock clock)
{
    /// <summary>True ends a command that is refused for overload, as somebody who goes elsewhere would.</summary>
    public bool EndsWhenShed { get; init; }

    // Between two tries; a silo that starts again takes seconds, so more haste would only burn the processor it needs.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    // Orleans looks up an interface's attributes each time that it makes a reference, which costs more than a refusal.
    private readonly ConcurrentDictionary<string, IAccountGrain> _accounts = new(StringComparer.Ordinal);

    /// <summary>Sends a command to an account.</summary>
    public Task<CommandStatus> Send(string account, AccountCommand command)
    {
        var grain = _accounts.GetOrAdd(account, static (id, grains) => grains.GetGrain<IAccountGrain>(id), cluster);
        return Settle($"account/{account}", command.GetType().Name, header => grain.Execute(command, header));
    }

    /// <summary>Creates a transfer.</summary>
    public Task<CommandStatus> Send(string transfer, CreateTransfer command) => Settle(
        $"transfer/{transfer}", nameof(CreateTransfer),
        async header => (await cluster.GetGrain<ITransferGrain>(transfer).Create(command, header)).Result);

    private async Task<CommandStatus> Settle(
        string journal, string kind, Func<CommandHeader, Task<CommandResult>> send)
    {
        var header = new CommandHeader { CommandId = Guid.CreateVersion7(), Actor = "load" };
        var started = clock.Time.GetTimestamp();
        CommandResult? result = null;
        var mayBeDone = false;
        var attempts = 0;
        do
        {
            if (attempts++ > 0)
                await clock.Pause(s_pause);
            result = await Try(header with { Timeout = clock.AttemptTimeout, IsRetry = mayBeDone }, send);
            mayBeDone |= result is null or { Status: CommandStatus.Unknown } or { Status: CommandStatus.Unavailable, Version: > 0 };
        }
        while (!IsEnd(result) && !clock.IsOver);

        var status = result is { Status: CommandStatus.Done or CommandStatus.Refused } ? result.Status
            : mayBeDone ? CommandStatus.Unknown
            : CommandStatus.Unavailable;
        var isShed = status == CommandStatus.Unavailable && result?.Refusal?.Code == RefusalCodes.Overloaded;
        if (isShed && EndsWhenShed)
            tally.CountShed(clock.Time.GetElapsedTime(started));
        else
            tally.Count(status, clock.Time.GetElapsedTime(started));
        history.Write(new HistoryJson(
            header.CommandId, journal, kind, Mapping.Word(status), result?.Token, result?.Version ?? 0,
            result?.Duplicate ?? false, attempts, result?.Refusal?.Code));
        return status;
    }

    private bool IsEnd(CommandResult? result) => result switch
    {
        null or { Status: CommandStatus.Unknown } => false,
        { Status: CommandStatus.Unavailable } => EndsWhenShed && result.Refusal?.Code == RefusalCodes.Overloaded,
        _ => true,
    };

    /// <summary>One try; null when its answer was lost.</summary>
    private async Task<CommandResult?> Try(CommandHeader header, Func<CommandHeader, Task<CommandResult>> send)
    {
        try
        {
            return await send(header).WaitAsync(header.Timeout + TimeSpan.FromSeconds(1), clock.Time);
        }
        catch (Exception)
        {
            // Whatever it was: only the same command id, sent again, can tell what became of it.
            return null;
        }
    }
}
