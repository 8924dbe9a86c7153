using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using OrleansEs.Client;
using OrleansEs.EventLog;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Faults.Harness;

/// <summary>
/// Callers that put money in, take it out and move it, and keep what they were told. Each sends a command until it knows what
/// became of it, with the same command id; where there are several clusters, each try goes to another one.
/// </summary>
internal sealed class LedgerCallers : IAsyncDisposable
{
    private static readonly Asset s_euro = Asset.Parse("EUR");
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    // As the client's load does between two tries.
    private static readonly TimeSpan s_retryPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_settleTimeout = TimeSpan.FromSeconds(60);

    private readonly IReadOnlyList<Connection> _clusters;
    private readonly ConcurrentQueue<LoadHistory.Line> _history = new();
    private readonly ConcurrentQueue<Attempt> _attempts = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TimeSpan _timeout;
    private readonly string _run;
    private readonly int _accounts;
    private Task _work = Task.CompletedTask;

    private LedgerCallers(IReadOnlyList<Connection> clusters, string run, int accounts, TimeSpan timeout) =>
        (_clusters, _run, _accounts, _timeout) = (clusters, run, accounts, timeout);

    /// <summary>What every command came to.</summary>
    public IReadOnlyList<LoadHistory.Line> History => [.. _history];

    /// <summary>Every single try, with its times.</summary>
    public IReadOnlyList<Attempt> Attempts => [.. _attempts];

    /// <summary>One try.</summary>
    /// <param name="Journal">Where.</param>
    /// <param name="Started">When it was sent, as a time stamp of <see cref="Stopwatch"/>.</param>
    /// <param name="Took">How long its caller waited.</param>
    /// <param name="Status">What it was told; null when no answer came, or an error in place of one.</param>
    /// <param name="Failure">The error in place of an answer.</param>
    public sealed record Attempt(string Journal, long Started, TimeSpan Took, CommandStatus? Status, Exception? Failure)
    {
        /// <summary>An error that no client would know what to do about.</summary>
        public bool IsUnforeseen => Failure is not (null or TimeoutException or OrleansException or EventLogUnavailableException
            or OutcomeUnknownException);

        public bool Succeeded => Status is CommandStatus.Done or CommandStatus.Refused;
    }

    /// <summary>Opens the accounts, with 100 EUR each, and lets callers work until they are stopped.</summary>
    /// <param name="clusters">Where; closed at the end.</param>
    /// <param name="accounts">How many accounts. Each has a caller of its own for deposits and withdrawals.</param>
    /// <param name="movers">How many callers move money between them.</param>
    /// <param name="timeout">How long each try may take.</param>
    /// <param name="seed">Decides accounts and amounts.</param>
    public static async Task<LedgerCallers> Start(
        IReadOnlyList<Connection> clusters, int accounts, int movers, TimeSpan timeout, int seed)
    {
        var callers = new LedgerCallers(clusters, seed.ToString(CultureInfo.InvariantCulture), accounts, timeout);
        await Task.WhenAll(Enumerable.Range(0, accounts).Select(callers.Open));
        callers._work = Task.WhenAll(
        [
            .. Enumerable.Range(0, accounts).Select(number => callers.Keep(number, new Random(HashCode.Combine(seed, number)))),
            .. Enumerable.Range(0, movers).Select(number => callers.Move(number, new Random(HashCode.Combine(seed, ~number)))),
        ]);
        return callers;
    }

    /// <summary>The id of one of the accounts.</summary>
    public string Account(int number) => string.Create(CultureInfo.InvariantCulture, $"a{_run}-{number}");

    /// <summary>The ids of all accounts.</summary>
    public IReadOnlyList<string> Accounts => [.. Enumerable.Range(0, _accounts).Select(Account)];

    /// <summary>The accounts whose grains live on that silo of the first cluster now.</summary>
    public async Task<IReadOnlyList<string>> LivingOn(int siloPort)
    {
        var grains = _clusters[0].Grains;
        var management = grains.GetGrain<IManagementGrain>(0);
        var living = new List<string>();
        foreach (var account in Accounts)
        {
            var silo = await management.GetActivationAddress(grains.GetGrain<IAccountGrain>(account));
            if (silo?.Endpoint.Port == siloPort)
                living.Add(account);
        }
        return living;
    }

    /// <summary>Waits until so many more commands were acknowledged.</summary>
    public Task Acknowledge(int more)
    {
        var wanted = _history.Count(line => line.IsDone) + more;
        return Eventually.Holds(
            () => Task.FromResult(_history.Count(line => line.IsDone) >= wanted), TimeSpan.FromSeconds(90),
            $"{more} more are acknowledged");
    }

    /// <summary>
    /// For each account, how long after that moment its first command succeeded that was sent after it.
    /// </summary>
    public IReadOnlyDictionary<string, TimeSpan> FirstSuccessAfter(long moment) => _attempts
        .Where(attempt => attempt.Started >= moment && attempt.Succeeded)
        .Where(attempt => attempt.Journal.StartsWith("account/", StringComparison.Ordinal))
        .GroupBy(attempt => attempt.Journal)
        .ToDictionary(
            attempts => attempts.Key["account/".Length..],
            attempts => attempts.Min(attempt => Stopwatch.GetElapsedTime(moment, attempt.Started) + attempt.Took));

    /// <summary>Begins nothing more, and waits until the callers know what became of everything.</summary>
    public async Task<IReadOnlyList<LoadHistory.Line>> Stop()
    {
        await _stopping.CancelAsync();
        await _work;
        return History;
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        foreach (var cluster in _clusters)
            await cluster.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task Open(int number)
    {
        await Send(number, new OpenAccount("callers", [], 0));
        await Send(number, new Deposit(new Money(100_00, s_euro), null));
    }

    // Small balances and large withdrawals: many are refused, and a decision on an old state would show.
    private async Task Keep(int number, Random random)
    {
        while (!_stopping.IsCancellationRequested)
        {
            var amount = new Money(random.NextInt64(1, 60_00), s_euro);
            await Send(number, random.Next(2) == 0 ? new Deposit(amount, null) : new Withdraw(amount, null));
            await Tick(s_pause);
        }
    }

    private async Task Move(int number, Random random)
    {
        for (var sent = 0; !_stopping.IsCancellationRequested; sent++)
        {
            var from = random.Next(_accounts);
            var to = (from + random.Next(1, _accounts)) % _accounts;
            var amount = new Money(random.NextInt64(1, 40_00), s_euro);
            var command = new CreateTransfer([new Posting(Account(from), -amount), new Posting(Account(to), amount)], null);
            var id = string.Create(CultureInfo.InvariantCulture, $"t{_run}-{number}-{sent}");
            await Settle(
                number + sent, $"transfer/{id}", nameof(CreateTransfer),
                async (grains, header) => (await grains.GetGrain<ITransferGrain>(id).Create(command, header)).Result);
        }
    }

    private Task Send(int number, AccountCommand command) => Settle(
        number, $"account/{Account(number)}", command.GetType().Name,
        (grains, header) => grains.GetGrain<IAccountGrain>(Account(number)).Execute(command, header));

    private async Task Settle(
        int cluster, string journal, string kind, Func<IGrainFactory, CommandHeader, Task<CommandResult>> send)
    {
        var header = new CommandHeader { CommandId = Guid.CreateVersion7(), Actor = "callers", Timeout = _timeout * 0.9 };
        var patience = Stopwatch.StartNew();
        var mayBeDone = false;
        CommandResult? result;
        do
        {
            result = await Try(_clusters[cluster++ % _clusters.Count].Grains, journal, header with { IsRetry = mayBeDone }, send);
            mayBeDone |= result is null or { Status: CommandStatus.Unknown } or { Status: CommandStatus.Unavailable, Version: > 0 };
            if (result is not { Status: CommandStatus.Done or CommandStatus.Refused })
                await Tick(s_retryPause);
        }
        while (result is not { Status: CommandStatus.Done or CommandStatus.Refused }
            && !(_stopping.IsCancellationRequested && patience.Elapsed > s_settleTimeout));
        var status = result switch
        {
            { Status: CommandStatus.Done } => "done",
            { Status: CommandStatus.Refused } => "refused",
            _ => mayBeDone ? "unknown" : "unavailable",
        };
        _history.Enqueue(new LoadHistory.Line(header.CommandId, journal, kind, status, result?.Version ?? 0, result?.Token));
    }

    private async Task<CommandResult?> Try(
        IGrainFactory grains, string journal, CommandHeader header, Func<IGrainFactory, CommandHeader, Task<CommandResult>> send)
    {
        var started = Stopwatch.GetTimestamp();
        CommandResult? result = null;
        Exception? failure = null;
        try
        {
            // As the client's command line does.
            result = await send(grains, header).WaitAsync(_timeout);
        }
        // Whatever it was: only the same command id, sent again, can tell what became of it.
        catch (Exception error)
        {
            failure = error;
        }
        _attempts.Enqueue(new Attempt(journal, started, Stopwatch.GetElapsedTime(started), result?.Status, failure));
        return result;
    }

    private static async Task Tick(TimeSpan pause)
    {
        using var tick = new PeriodicTimer(pause);
        await tick.WaitForNextTickAsync();
    }
}
