using System.CommandLine;
using System.Globalization;
using OrleansEs.Client.Json;
using OrleansEs.Client.Load;
using OrleansEs.Ledger;
using Spectre.Console;

namespace OrleansEs.Client.Cli;

/// <summary><c>load</c>: many callers at once, for some seconds.</summary>
internal static class LoadCommand
{
    // Opening the accounts is not what is measured, but it must end.
    private static readonly TimeSpan s_prepareTimeout = TimeSpan.FromMinutes(2);

    // --timeout is how long one try may take, and is often meant to be short.
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_progressPeriod = TimeSpan.FromMilliseconds(250);

    public static Command Build(CommandLine cli)
    {
        var accounts = new Option<string>("--accounts") { Description = "On so many accounts.", HelpName = "n", Required = true };
        var callers = new Option<string>("--callers") { Description = "So many at once.", HelpName = "n", Required = true };
        var seconds = new Option<string>("--seconds") { Description = "For so long.", HelpName = "s", Required = true };
        var mix = new Option<string>("--mix") { Description = "deposits or transfers [deposits].", HelpName = "what" };
        var rate = new Option<string>("--rate")
        {
            Description = "Begin so many each second, whatever the cluster makes of it; --callers is then the most under way.",
            HelpName = "n",
        };
        var unthrottled = new Option<bool>("--no-throttle")
        {
            Description = "Send all of it, also while the silos refuse most of it for overload.",
        };
        var history = new Option<string>("--history")
        {
            Description = "Write what became of every command, a JSON line each.",
            HelpName = "file",
        };
        var seed = new Option<string>("--seed") { Description = "Repeats the choices of an earlier run.", HelpName = "n" };
        var command = new Command("load", "Puts load on the cluster and measures it.")
        {
            accounts, callers, seconds, mix, rate, unthrottled, history, seed,
        };
        return cli.Verb(command, async session =>
        {
            var plan = new LoadPlan(
                Input.Word<LoadMix>("--mix", session[mix]) ?? LoadMix.Deposits,
                (int)Input.Count("--accounts", session[accounts], 1, 1_000_000)!.Value,
                (int)Input.Count("--callers", session[callers], 1, 100_000)!.Value,
                TimeSpan.FromSeconds(Input.Count("--seconds", session[seconds], 1, 3600)!.Value),
                (int)(Input.Count("--rate", session[rate], 1, 1_000_000) ?? 0),
                (int)(Input.Count("--seed", session[seed], 0, int.MaxValue) ?? Guid.NewGuid().GetHashCode() & int.MaxValue));
            if (plan is { Mix: LoadMix.Transfers, Accounts: < 2 })
                throw ClientException.Input("--mix transfers needs two accounts", "give --accounts 2 or more");
            var cluster = (await session.Connect(s_connectTimeout, throttled: !session[unthrottled])).Grains;
            using var file = new LoadHistory(session[history]);
            using var spared = new SparedCommands();
            var run = new LoadRun(cluster, plan, file);
            var elapsed = await Watch(session, plan, run);
            return Report(session.Output, plan, run.Tally, spared.Count, elapsed);
        });
    }

    private static async Task<TimeSpan> Watch(Session session, LoadPlan plan, LoadRun run)
    {
        var elapsed = TimeSpan.Zero;
        await session.Output.Progress.Progress().AutoClear(true).StartAsync(async progress =>
        {
            var task = progress.AddTask($"opening {plan.Accounts} accounts", maxValue: plan.Duration.TotalSeconds);
            task.IsIndeterminate = true;
            if (!await run.Prepare(new LoadClock(session.Time, s_prepareTimeout, session.Timeout, session.Cancellation)))
                throw ClientException.Unavailable("not all accounts could be opened", "is the silo up? try again");
            task.IsIndeterminate = false;
            var clock = new LoadClock(session.Time, plan.Duration, session.Timeout, session.Cancellation);
            var work = run.Work(clock);
            while (!work.IsCompleted)
            {
                await Task.WhenAny(work, clock.Pause(s_progressPeriod));
                task.Value = Math.Min(clock.Elapsed.TotalSeconds, plan.Duration.TotalSeconds - 0.01);
                task.Description = $"{run.Tally[CommandStatus.Done]} acknowledged";
            }
            await work;
            elapsed = clock.Elapsed;
        });
        return elapsed;
    }

    private static int Report(Output output, LoadPlan plan, LoadTally tally, long spared, TimeSpan elapsed)
    {
        double Milliseconds(double share) => Math.Round(tally.Latencies.Percentile(share).TotalMilliseconds, 2);
        var result = new LoadJson(
            Mapping.Word(plan.Mix), plan.Accounts, plan.Callers, Math.Round(elapsed.TotalSeconds, 2), plan.Seed, plan.Run,
            Math.Round(tally[CommandStatus.Done] / elapsed.TotalSeconds, 1),
            Milliseconds(0.5), Milliseconds(0.95), Milliseconds(0.99),
            tally[CommandStatus.Done], tally[CommandStatus.Refused], tally[CommandStatus.Unavailable],
            tally[CommandStatus.Unknown], tally.Shed, spared,
            Math.Round(tally.ShedLatencies.Percentile(0.99).TotalMilliseconds, 2), tally.NotBegun);
        if (output.Json)
            output.Document(result, ClientJson.Plain.LoadJson);
        else
            output.Line(Line(result));
        if (plan.RatePerSecond > 0 && !output.Json)
            output.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"offered {plan.RatePerSecond}/s: {result.Shed} refused for overload, p99 {result.ShedP99Ms} ms, "
                + $"{result.Spared} of them by this client itself; {result.NotBegun} not begun"));
        return result.Acknowledged + result.Refused > 0 ? ExitCodes.Done : ExitCodes.Unavailable;
    }

    private static string Line(LoadJson result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Mix}: {result.CommandsPerSecond} commands/s, p50 {result.P50Ms} ms, p95 {result.P95Ms} ms, p99 {result.P99Ms} ms; "
        + $"acknowledged {result.Acknowledged}, refused {result.Refused}, unavailable {result.Unavailable}, "
        + $"unknown {result.Unknown} (seed {result.Seed}, run {result.Run})");
}
