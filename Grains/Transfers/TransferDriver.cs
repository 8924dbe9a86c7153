using OrleansEs.EventLog;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Grains.Transfers;

// Sends the steps of one phase to the accounts and learns how each of them ended.
// Invariants: a step that nobody answered is sent again under the same id until the deadline, and is never taken for
// refused; at most ParallelMax steps are on their way at once; nothing is awaited longer than until the silo stops.
internal sealed class TransferDriver(IGrainFactory grains, TimeProvider time, CancellationToken stopping)
{
    private const int ParallelMax = 16;
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(1);

    // Null when the deadline, or the silo's stop, came before every step had ended.
    public async Task<IReadOnlyList<StepOutcome>?> Run(
        IReadOnlyList<AccountStep> steps, StepOrigin origin, long deadline, TokenSet tokens)
    {
        using var slots = new SemaphoreSlim(ParallelMax);
        var outcomes = await Task.WhenAll(steps.Select(async step =>
        {
            await slots.WaitAsync();
            try
            {
                return await Run(step, origin, deadline, tokens);
            }
            finally
            {
                slots.Release();
            }
        }));
        return outcomes.Contains(null) ? null : [.. outcomes.OfType<StepOutcome>()];
    }

    public TimeSpan Left(long deadline) => time.GetElapsedTime(time.GetTimestamp(), deadline);

    private async Task<StepOutcome?> Run(AccountStep first, StepOrigin origin, long deadline, TokenSet tokens)
    {
        var step = first;
        for (var pause = PauseMin; Left(deadline) > TimeSpan.Zero && !stopping.IsCancellationRequested;)
        {
            var result = await Send(step, origin, Left(deadline));
            if (result is { Status: CommandStatus.Done })
            {
                tokens.Add(result.Token);
                return new StepOutcome(step, null);
            }
            if (result is { Status: CommandStatus.Refused, Refusal: { } refusal }
                && refusal.Code != RefusalCodes.TooMuchContention)
            {
                if (refusal.Code != RefusalCodes.CommandIdReused || step.IfTaken is not { } undo)
                    return new StepOutcome(step, refusal);
                step = undo;
                continue;
            }
            await Task.Delay(pause < Left(deadline) ? pause : PauseMin, time, stopping)
                .ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
        }
        return null;
    }

    // Null: no answer, whatever the reason. The step's id makes sending it again harmless.
    private async Task<CommandResult?> Send(AccountStep step, StepOrigin origin, TimeSpan timeout)
    {
        try
        {
            return await grains.GetGrain<IAccountGrain>(step.AccountId).Execute(step.Command, origin.ToHeader(step, timeout))
                .WaitAsync(timeout, time, stopping);
        }
        catch (Exception exception) when (exception
            is TimeoutException or OrleansException or EventLogUnavailableException or OutcomeUnknownException
            or OperationCanceledException)
        {
            return null;
        }
    }
}

// The read tokens of everything a transfer did: the latest of each partition includes the earlier ones.
internal sealed class TokenSet
{
    private readonly SortedDictionary<int, long> _latest = [];

    public IReadOnlyList<string> Tokens => [.. _latest.Select(entry => new LogPosition(entry.Key, entry.Value).ToString())];

    public void Add(string? token)
    {
        if (LogPosition.TryParse(token, out var place) && _latest.GetValueOrDefault(place.Partition) < place.Position)
            _latest[place.Partition] = place.Position;
    }
}
