using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Load;

/// <summary>A load run: opens its accounts, then lets its callers work until the time is over.</summary>
internal sealed class LoadRun(IGrainFactory cluster, LoadPlan plan, LoadHistory history)
{
    // What an account of a run of transfers begins with, so that most transfers go through and some do not.
    private const long FirstDepositCents = 100_00;
    private const long TransferCentsMax = 20_00;

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);
    private static readonly Asset s_euro = Asset.Parse("EUR");

    /// <summary>How the commands of the run itself ended; those that prepared it are not counted.</summary>
    public LoadTally Tally { get; } = new();

    /// <summary>Opens the accounts; true when all of them are ready.</summary>
    public async Task<bool> Prepare(LoadClock clock)
    {
        var caller = new LoadCaller(cluster, new LoadTally(), history, clock);
        var next = -1;
        var failed = 0;
        await Together(async _ =>
        {
            int number;
            while ((number = Interlocked.Increment(ref next)) < plan.Accounts)
            {
                if (!await Prepare(caller, plan.AccountId(number)))
                    Interlocked.Increment(ref failed);
            }
        });
        return failed == 0;
    }

    /// <summary>Does the work.</summary>
    public Task Work(LoadClock clock) => plan.RatePerSecond > 0 ? WorkAtRate(clock) : WorkInTurn(clock);

    private Task WorkInTurn(LoadClock clock)
    {
        var caller = new LoadCaller(cluster, Tally, history, clock);
        return Together(async number =>
        {
            var random = new Random(HashCode.Combine(plan.Seed, number));
            var sent = 0;
            while (!clock.IsOver)
                await (plan.Mix == LoadMix.Deposits ? Deposit(caller, random) : Transfer(caller, random, number, sent++));
        });
    }

    private async Task WorkAtRate(LoadClock clock)
    {
        var caller = new LoadCaller(cluster, Tally, history, clock) { EndsWhenShed = true };
        var random = new Random(plan.Seed);
        using var free = new SemaphoreSlim(plan.Callers, plan.Callers);
        for (var begun = 0; !clock.IsOver; await clock.Pause(s_tick))
        {
            for (var due = (int)(clock.Elapsed.TotalSeconds * plan.RatePerSecond); begun < due; begun++)
            {
                if (!await free.WaitAsync(TimeSpan.Zero))
                    Tally.CountNotBegun();
                else
                    _ = Release(free, plan.Mix == LoadMix.Deposits ? Deposit(caller, random) : Transfer(caller, random, 0, begun));
            }
        }
        // Whoever was begun is waited for.
        for (var caught = 0; caught < plan.Callers; caught++)
            await free.WaitAsync();
    }

    private static async Task Release(SemaphoreSlim free, Task work)
    {
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        free.Release();
    }

    private async Task<bool> Prepare(LoadCaller caller, string account) =>
        await caller.Send(account, new OpenAccount("load", [], 0)) == CommandStatus.Done
        && (plan.Mix == LoadMix.Deposits
            || await caller.Send(account, new Deposit(new Money(FirstDepositCents, s_euro), null)) == CommandStatus.Done);

    private Task<CommandStatus> Deposit(LoadCaller caller, Random random) => caller.Send(
        plan.AccountId(random.Next(plan.Accounts)), new Deposit(new Money(random.NextInt64(1, TransferCentsMax), s_euro), null));

    private Task<CommandStatus> Transfer(LoadCaller caller, Random random, int callerNumber, int sent)
    {
        var from = random.Next(plan.Accounts);
        var to = (from + random.Next(1, plan.Accounts)) % plan.Accounts;
        var amount = new Money(random.NextInt64(1, TransferCentsMax), s_euro);
        return caller.Send(
            $"load-{plan.Run}-t{callerNumber}-{sent}",
            new CreateTransfer([new Posting(plan.AccountId(from), -amount), new Posting(plan.AccountId(to), amount)], null));
    }

    private Task Together(Func<int, Task> work) => Task.WhenAll(Enumerable.Range(0, plan.Callers).Select(work));
}
