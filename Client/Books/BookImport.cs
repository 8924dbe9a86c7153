using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Books;

/// <summary>
/// Carries a plan out. Every command's id follows from the plan, so that an import that was cut off is simply run again: what
/// is there stays, the rest is done. It stops at the first command that nobody answers after several attempts, and before
/// the first command when an account of the ledger counts what the book posts to it with other decimals.
/// </summary>
internal sealed class BookImport(IGrainFactory grains, TimeProvider time)
{
    /// <summary>Checks the accounts that are there, opens the plan's accounts, then creates its transfers.</summary>
    /// <param name="plan">What to do: see <see cref="BookPlanner"/>.</param>
    /// <param name="options">How to do it.</param>
    /// <param name="progress">Told of every answer, from any thread; null for nobody.</param>
    /// <param name="cancellation">Stops it. What was sent may be done.</param>
    public async Task<BookImportResult> Run(
        BookPlan plan, BookImportOptions options, IProgress<BookProgress>? progress, CancellationToken cancellation)
    {
        var tally = new ImportTally(plan, progress);
        var check = new DecimalsCheck(plan);
        await ForEach(check.Accounts, options, tally, (id, stop) => Check(check, id, options, tally, stop), cancellation);
        await ForEach(plan.Accounts, options, tally, (account, stop) => Open(account, options, tally, stop), cancellation);
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

    private async Task Check(
        DecimalsCheck check, string id, BookImportOptions options, ImportTally tally, CancellationToken cancellation)
    {
        var account = grains.GetGrain<IAccountGrain>(id);
        var (shown, _) = await Send(
            async () => new Shown(await account.Show(AsOf.Now)), _ => null, options, cancellation);
        if (shown is null)
            tally.Stop(NoAnswer($"account '{id}'"));
        else if (shown.Account is { } view && check.Conflict(view) is { } conflict)
            tally.Stop(conflict);
    }

    private async Task Open(
        PlannedAccount planned, BookImportOptions options, ImportTally tally, CancellationToken cancellation)
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
        else
            tally.Account(opened: !existed);
    }

    private async Task Post(
        PlannedTransfer planned, BookImportOptions options, ImportTally tally, CancellationToken cancellation)
    {
        if (planned.Code is { } code && await IsThere(code, planned, options, tally, cancellation))
            return;
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

    // An export of this ledger has the transfers' ids as codes: importing it must not post them a second time.
    private async Task<bool> IsThere(
        string code, PlannedTransfer planned, BookImportOptions options, ImportTally tally, CancellationToken cancellation)
    {
        var transfer = grains.GetGrain<ITransferGrain>(code);
        var (shown, _) = await Send(
            async () => new ShownTransfer(await transfer.Show()), _ => null, options, cancellation);
        if (shown is null)
        {
            tally.Stop(NoAnswer($"transfer '{code}'"));
            return true;
        }
        if (shown.Transfer is not { } there || !planned.Is(there))
            return false;
        tally.Tokens(there.Token is { } token ? [token] : []);
        tally.Transfer(posted: false);
        return true;
    }

    // Sends a command until it is answered, under the same id each time; null when it never was. Says whether it was sent
    // more than once: then a duplicate may be our own.
    private async Task<(T? Answer, bool Repeated)> Send<T>(
        Func<Task<T>> send, Func<T, CommandResult?> resultOf, BookImportOptions options, CancellationToken cancellation)
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

    private static bool IsWorthRepeating(CommandResult? result) =>
        result?.Status is CommandStatus.Unavailable or CommandStatus.Unknown
        || result?.Refusal?.Code == RefusalCodes.TooMuchContention;

    // An account that may not be there, so that "no account" and "no answer" are not the same.
    private sealed record Shown(AccountView? Account);

    private sealed record ShownTransfer(TransferView? Transfer);
}
