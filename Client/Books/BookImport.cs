using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;

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
        var calls = new LedgerCalls(time, options);
        var check = new DecimalsCheck(plan);
        await calls.ForEach(check.Accounts, tally, (id, stop) => Check(check, id, calls, tally, stop), cancellation);
        await calls.ForEach(plan.Accounts, tally, (account, stop) => Open(account, calls, tally, stop), cancellation);
        await new TransferPosting(grains, calls, tally).Run(plan.Transfers, cancellation);
        return tally.Result();
    }

    private async Task Check(
        DecimalsCheck check, string id, LedgerCalls calls, ImportTally tally, CancellationToken cancellation)
    {
        var account = grains.GetGrain<IAccountGrain>(id);
        var (shown, _) = await calls.Send(async () => new Shown(await account.Show(AsOf.Now)), _ => null, cancellation);
        if (shown is null)
            tally.Stop(LedgerCalls.NoAnswer($"account '{id}'"));
        else if (shown.Account is { } view && check.Conflict(view) is { } conflict)
            tally.Stop(conflict);
    }

    private async Task Open(
        PlannedAccount planned, LedgerCalls calls, ImportTally tally, CancellationToken cancellation)
    {
        var account = grains.GetGrain<IAccountGrain>(planned.Id);
        var header = calls.Header(planned.CommandId);
        var (result, repeated) = await calls.Send(
            () => account.Execute(new OpenAccount(null, [], null), header), answer => answer, cancellation);
        if (result is null)
        {
            tally.Stop(LedgerCalls.NoAnswer($"account '{planned.Id}'"));
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

    // An account that may not be there, so that "no account" and "no answer" are not the same.
    private sealed record Shown(AccountView? Account);
}
