using OrleansEs.Ledger;

namespace OrleansEs.Client.Books;

/// <summary>Sends an import's calls: many at once, each until it is answered, under the same ids every time.</summary>
internal sealed class LedgerCalls(TimeProvider time, BookImportOptions options)
{
    /// <summary>What the answers cannot say: that there was none.</summary>
    public static Refusal NoAnswer(string what) => new(
        RefusalCodes.OutcomeUnknown, $"Nobody answered for {what}.", "Run the import again: it does what is missing.");

    /// <summary>Whether an answer may be another one when the command is sent again.</summary>
    public static bool IsWorthRepeating(CommandResult? result) =>
        result?.Status is CommandStatus.Unavailable or CommandStatus.Unknown
        || result?.Refusal?.Code == RefusalCodes.TooMuchContention;

    /// <summary>What goes with a command.</summary>
    public CommandHeader Header(Guid commandId, DateOnly? effectiveDate = null) => new()
    {
        CommandId = commandId, Actor = options.Actor, EffectiveDate = effectiveDate, Timeout = options.Timeout,
    };

    /// <summary>Does something with each item, so many at once, until the import must stop.</summary>
    public async Task ForEach<T>(
        IEnumerable<T> items, ImportTally tally, Func<T, CancellationToken, Task> action, CancellationToken cancellation)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation };
        await Parallel.ForEachAsync(items, parallel, async (item, stop) =>
        {
            if (!tally.IsStopped)
                await action(item, stop);
        });
    }

    /// <summary>
    /// Sends until there is an answer that is not worth repeating; null when there was none. Says whether it was sent more than
    /// once: then a duplicate may be our own.
    /// </summary>
    /// <param name="send">Sends, under the same ids each time.</param>
    /// <param name="resultOf">What decides whether an answer is worth repeating.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="attempts">How often at most; as the options say when absent.</param>
    public async Task<(T? Answer, bool Repeated)> Send<T>(
        Func<Task<T>> send, Func<T, CommandResult?> resultOf, CancellationToken cancellation, int? attempts = null)
        where T : class
    {
        for (var (attempt, pause) = (1, options.Pause); ; attempt++, pause *= 2)
        {
            var answer = await Try(send);
            if (attempt >= (attempts ?? options.Attempts) || (answer is not null && !IsWorthRepeating(resultOf(answer))))
                return (answer, attempt > 1);
            await Task.Delay(pause, time, cancellation);
        }
    }

    private async Task<T?> Try<T>(Func<Task<T>> send)
        where T : class
    {
        try
        {
            // The grain answers within the timeout; the rest is for the way.
            return await send().WaitAsync(options.Timeout + TimeSpan.FromSeconds(2), time);
        }
        catch (Exception lost) when (lost is TimeoutException or OrleansException)
        {
            return null;
        }
    }
}
