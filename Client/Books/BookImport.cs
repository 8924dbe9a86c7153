using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Books;

/// <summary>
/// Carries a plan out. Every command's id follows from the plan, so that an import that was cut off is simply run again: what
/// is there stays, the rest is done. It stops at the first command that nobody answers after several attempts, and before
/// the first transfer when the ledger counts one of the book's commodities with other decimals.
/// </summary>
internal sealed class BookImport(IGrainFactory grains, TimeProvider time)
{
    /// <summary>Opens the plan's accounts, then creates its transfers.</summary>
    /// <param name="plan">What to do: see <see cref="BookPlanner"/>.</param>
    /// <param name="options">How to do it.</param>
    /// <param name="progress">Told of every answer, from any thread; null for nobody.</param>
    /// <param name="cancellation">Stops it. What was sent may be done.</param>
    public async Task<BookImportResult> Run(
        BookPlan plan, BookImportOptions options, IProgress<BookProgress>? progress, CancellationToken cancellation)
    {
        var tally = new ImportTally(plan, progress);
        await ForEach(plan.Accounts, options, tally, (account, stop) => Open(plan, account, options, tally, stop), cancellation);
        await ForEach(plan.Transfers, options, tally, (transfer, stop) => Post(transfer, options, tally, stop), cancellation);
        return tally.Result();
    }

    private static async Task ForEach<T>(
        IReadOnlyList<T> items, BookImportOptions options, ImportTally tally, Func<T, CancellationToken, Task> action,
        CancellationToken cancellation)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation };
        await Parallel.ForEachAsync(items, parallel, async (item, stop) =>
        {
            if (!tally.IsStopped)
                await action(item, stop);
        });
    }

    private async Task Open(
        BookPlan plan, PlannedAccount planned, BookImportOptions options, ImportTally tally, CancellationToken cancellation)
    {
        var account = grains.GetGrain<IAccountGrain>(planned.Id);
        var header = new CommandHeader { CommandId = planned.CommandId, Actor = options.Actor, Timeout = options.Timeout };
        var (result, repeated) = await Send(
            () => account.Execute(new OpenAccount(null, [], null), header), answer => answer, options, cancellation);
        if (result is null)
        {
            tally.Stop(NoAnswer($"account '{planned.Id}'"));
            return;
        }
        tally.Tokens(result.Token is { } token ? [token] : []);
        var existed = result.Refusal?.Code == RefusalCodes.AccountExists || (result.Duplicate && !repeated);
        if (result.Status is CommandStatus.Unavailable or CommandStatus.Unknown)
            tally.Stop(result.Refusal!);
        else if (result.Status == CommandStatus.Refused && !existed)
            tally.Failure(planned.Line, result.Refusal!);
        else if (existed && await OtherDecimals(plan, account, options) is { } conflict)
            tally.Stop(conflict);
        else
            tally.Account(opened: !existed);
    }

    // EUR and EUR/4 are two assets to the ledger: a balance in each would help nobody who did not ask for it.
    private async Task<Refusal?> OtherDecimals(BookPlan plan, IAccountGrain account, BookImportOptions options)
    {
        if (await account.Show(AsOf.Now).WaitAsync(options.Timeout, time) is not { } view)
            return null;
        foreach (var (symbol, asset) in plan.Assets.Where(entry => plan.Inferred.Contains(entry.Value)))
        {
            var held = view.Balances.Select(balance => balance.Asset).ToArray();
            if (!held.Contains(asset) && held.FirstOrDefault(other => other.Code == asset.Code) is { Code: not null } other)
                return new Refusal(
                    RefusalCodes.AssetNotAllowed,
                    $"The account '{view.Id}' counts {asset.Code} with {other.Scale} decimals; "
                    + $"the book counts '{symbol}' with {asset.Scale}.",
                    $"Say which is meant: --asset '{symbol}={asset.Code}/{other.Scale}', or /{asset.Scale} to have both.");
        }
        return null;
    }

    private async Task Post(
        PlannedTransfer planned, BookImportOptions options, ImportTally tally, CancellationToken cancellation)
    {
        var header = new CommandHeader
        {
            CommandId = planned.CommandId,
            Actor = options.Actor,
            EffectiveDate = planned.EffectiveDate,
            Timeout = options.Timeout,
        };
        var (answer, repeated) = await Send(
            () => grains.GetGrain<ITransferGrain>(planned.Id).Create(planned.Command, header),
            answer => answer.Result, options, cancellation);
        if (answer is null)
        {
            tally.Stop(NoAnswer($"the transfer of line {planned.Line}"));
            return;
        }
        tally.Tokens(answer.Tokens);
        switch (answer.Result.Status)
        {
            case CommandStatus.Done:
                tally.Transfer(posted: repeated || !answer.Result.Duplicate);
                break;
            case CommandStatus.Refused:
                tally.Failure(planned.Line, answer.Result.Refusal!);
                break;
            default:
                tally.Stop(answer.Result.Refusal!);
                break;
        }
    }

    // Sends a command until it is answered, under the same id each time; null when it never was. Says whether it was sent
    // more than once: then a duplicate may be our own.
    private async Task<(T? Answer, bool Repeated)> Send<T>(
        Func<Task<T>> send, Func<T, CommandResult> resultOf, BookImportOptions options, CancellationToken cancellation)
        where T : class
    {
        for (var (attempt, pause) = (1, options.Pause); ; attempt++, pause *= 2)
        {
            var answer = await Try(send, options);
            if (attempt >= options.Attempts || (answer is not null && !IsWorthRepeating(resultOf(answer))))
                return (answer, attempt > 1);
            await Task.Delay(pause, time, cancellation);
        }
    }

    private async Task<T?> Try<T>(Func<Task<T>> send, BookImportOptions options)
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

    private static Refusal NoAnswer(string what) => new(
        RefusalCodes.OutcomeUnknown, $"Nobody answered for {what}.", "Run the import again: it does what is missing.");

    private static bool IsWorthRepeating(CommandResult result) =>
        result.Status is CommandStatus.Unavailable or CommandStatus.Unknown
        || result.Refusal?.Code == RefusalCodes.TooMuchContention;
}
